import subprocess
import sys

from shop import app, cache

cache.flushall()

# start the worker
subprocess.Popen([sys.executable, "-c", "pass"])

# run the app
app.run(debug=True)
