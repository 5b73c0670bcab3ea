"""Ask a server over REST with requests: `python rest_requests.py [http://localhost:8501]`."""

import sys

import requests

server = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8501"
# A session keeps its connection: a new one for each request costs more than a small model does.
with requests.Session() as session:
    url = f"{server}/v1/models/half_plus_two:predict"
    reply = session.post(url, json={"instances": [1.0, 2.0, 5.0]}, timeout=30)
if not reply.ok:
    sys.exit(f"{reply.status_code}: {reply.json()['error']}")
print(reply.json()["predictions"])
