#!/usr/bin/env python3

import connexion


def main():
    app = connexion.App(__name__, specification_dir="./openapi/")
    app.app.config["GREETING"] = "hello"
    app.add_api("openapi.yaml", arguments={"title": "Shop"})
    app.run(port=8080)


if __name__ == "__main__":
    main()
