"""Ask a server over REST with nothing but the standard library: `python rest_client.py [http://127.0.0.1:8501]`."""

import json
import sys
import urllib.request

server = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8501"
body = json.dumps({"instances": [1.0, 2.0, 5.0]}).encode()
with urllib.request.urlopen(f"{server}/v1/models/half_plus_two:predict", data=body) as reply:
    print(json.load(reply)["predictions"])
