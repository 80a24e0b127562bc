#!/usr/bin/env python3
"""Does `flaskship check` find what it should in the cases beside this file, and nothing else?

    python tests/cases/check.py [--verbose] [CASE...]

`manifest.json` says what each case is: `flag` means that `file` has a finding of `kind` at `line` (or
within `lines`), `ok` that it has none of kind `debug` or `server` above a note. `pending.txt` names the
cases that are known to be judged wrongly, each with a reason; one that is judged rightly fails until
its line is taken out.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "truth"))

from truth import find_binary

# What the manifest calls the kinds that flaskship calls otherwise.
KINDS = {"devserver": "server", "django": "debug"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="*")
    parser.add_argument("--binary", type=pathlib.Path)
    parser.add_argument("--verbose", action="store_true", help="print every finding of every case")
    given = parser.parse_args()
    binary = find_binary(given.binary)
    cases = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    pending = read_pending({case["case"] for case in cases})
    counts = collections.defaultdict(collections.Counter)
    failed = 0
    for case in cases:
        if given.case and case["case"] not in given.case:
            continue
        wrong = judge(binary, case, given.verbose)
        row = (case["expected"], KINDS.get(case["kind"], case["kind"]))
        known = pending.get(case["case"])
        if wrong and known:
            counts[row]["pending"] += 1
        elif not wrong and not known:
            counts[row]["right"] += 1
        else:
            counts[row]["wrong"] += 1
            failed += 1
            print(f"FAIL  {case['case']}: {wrong or 'judged rightly: take it out of pending.txt'} ({case['note']})")
    print(f"{'expected':9} {'kind':8} {'right':>6} {'wrong':>6} {'pending':>8}")
    for row, numbers in sorted(counts.items()):
        print(f"{row[0]:9} {row[1]:8} {numbers['right']:6} {numbers['wrong']:6} {numbers['pending']:8}")
    right = sum(numbers["right"] for numbers in counts.values())
    print(f"cases: {right} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def read_pending(known):
    """Case and reason, from `pending.txt`."""
    pending = {}
    for line in (HERE / "pending.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        case, _, reason = line.partition(":")
        if case not in known or not reason.strip() or case in pending:
            sys.exit(f"pending.txt: `{line}` should be a case of the manifest, once, and a reason")
        pending[case] = reason.strip()
    return pending


def judge(binary, case, verbose):
    """What is wrong with what flaskship says about a case; nothing when it is right."""
    command = [str(binary), "check", "--format", "json", str(HERE / case["case"])]
    env = {"PATH": os.defpath, "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return f"no JSON, status {done.returncode}: {done.stderr.strip()[:200]}"
    above = [finding for finding in report["findings"] if finding["severity"] != "note"]
    if done.returncode != (1 if above else 0) and not report["unread"]:
        return f"status {done.returncode} with {len(above)} findings above a note"
    if verbose:
        for finding in report["findings"]:
            print(f"      {case['case']} {describe(finding)}: {finding['message']}")
    here = [finding for finding in report["findings"] if finding["path"] == case["file"]]
    if case["expected"] == "ok":
        alarms = [one for one in here if one["kind"] in ("debug", "server") and one["severity"] != "note"]
        return f"false alarm: {'; '.join(map(describe, alarms))}" if alarms else ""
    kind = KINDS.get(case["kind"], case["kind"])
    first, last = case.get("lines") or (case["line"], case["line"])
    for finding in here:
        overlaps = finding["line"] <= last and finding["end_line"] >= first
        # A note says that there is no danger, so for debug mode and the server it is not a find.
        counts = kind not in ("debug", "server") or finding["severity"] != "note"
        if finding["kind"] == kind and overlaps and counts:
            return ""
    seen = "; ".join(map(describe, report["findings"])) or "nothing"
    return f"expected {kind} in {case['file']} at line {case['line']}, got {seen}"


def describe(finding):
    return f"{finding['path']}:{finding['line']} {finding['rule']} ({finding['kind']}, {finding['severity']})"


if __name__ == "__main__":
    main()
