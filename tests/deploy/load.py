"""Asks for a page over and over, and counts what failed. Runs in a machine, so it imports nothing of ours.

    python3 load.py HOST PORT NAME PATH SECONDS CLIENTS [REQUESTS]

Each client has an address of its own and keeps its connection, as browsers do, for 20 requests, or as
many as are said. A request that fails is not asked again. The last line is JSON.
"""

import http.client
import json
import sys
import threading
import time

host, port, name, path, seconds, clients = sys.argv[1], int(sys.argv[2]), *sys.argv[3:5], float(sys.argv[5]), int(sys.argv[6])
keep = int(sys.argv[7]) if len(sys.argv) > 7 else 20
end = time.monotonic() + seconds
lock = threading.Lock()
total, failures, longest = 0, {}, 0.0


def client(number):
    global total, longest
    connection, used = None, 0
    while time.monotonic() < end:
        if connection is None:
            connection, used = http.client.HTTPConnection(host, port, timeout=40), 0
            connection.source_address = (f"127.0.1.{number + 1}", 0)
        used += 1
        began = time.monotonic()
        try:
            headers = {"Host": name, "Connection": "close" if used == keep else "keep-alive"}
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            problem = None if answer.status == 200 else str(answer.status)
        except (OSError, http.client.HTTPException) as error:
            problem = type(error).__name__
        took = time.monotonic() - began
        with lock:
            total += 1
            longest = max(longest, took)
            if problem:
                failures[problem] = failures.get(problem, 0) + 1
        if problem or used == keep:
            connection.close()
            connection = None


threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps({"total": total, "failed": sum(failures.values()), "failures": failures, "longest": round(longest, 3)}))
