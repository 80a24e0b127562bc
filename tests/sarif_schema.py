"""Checks SARIF files against the schema of SARIF 2.1.0.

    python tests/sarif_schema.py report.sarif …

The schema is OASIS's own, as the crate serde-sarif ships it; cargo fetches it when first needed, and
it is kept beside the environment that runs this. Needs the package jsonschema.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema

CRATE, VERSION = "serde-sarif", "0.8.0"
SHA256 = "af47e7b67f24efe74076621fd3a5fbe7398add9e84fe820c971219a385895cea"
KEPT = Path(sys.prefix) / "share" / "flaskship-tests" / "sarif-schema-2.1.0.json"


def fetch() -> None:
    """Puts the schema where it is kept, through cargo's registry."""
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder) / "Cargo.toml"
        (Path(folder) / "src").mkdir()
        (Path(folder) / "src" / "lib.rs").touch()
        manifest.write_text(
            '[package]\nname = "schema"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n'
            f'[dependencies]\n{CRATE} = "={VERSION}"\n'
        )
        command = ["cargo", "metadata", "--format-version", "1", "--manifest-path", str(manifest)]
        metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        found = next(package for package in metadata["packages"] if package["name"] == CRATE)
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(found["manifest_path"]).parent / "src" / "schema.json", KEPT)


def main(paths: list[str]) -> int:
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    if not KEPT.exists():
        fetch()
    content = KEPT.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        print(f"{KEPT} is not the schema these tests know; remove it to have it fetched again", file=sys.stderr)
        return 2
    schema = json.loads(content)
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    faults = 0
    for path in paths:
        log = json.loads(Path(path).read_text(encoding="utf-8"))
        for error in validator.iter_errors(log):
            faults += 1
            print(f"{path}: {error.json_path}: {error.message}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
