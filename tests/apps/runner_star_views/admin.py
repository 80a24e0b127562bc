import json

from shop import app


@app.route("/routes")
def routes():
    return json.dumps(sorted(str(rule) for rule in app.url_map.iter_rules()))
