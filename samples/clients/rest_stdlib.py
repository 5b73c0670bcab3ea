"""Ask a server over REST with nothing but the standard library: `python rest_stdlib.py [http://localhost:8501]`."""

import json
import sys
import urllib.error
import urllib.request

server = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8501"
url = f"{server}/v1/models/half_plus_two:predict"
body = json.dumps({"instances": [1.0, 2.0, 5.0]}).encode()
try:
    with urllib.request.urlopen(url, data=body, timeout=30) as reply:
        print(json.load(reply)["predictions"])
except urllib.error.HTTPError as error:
    # The server says what is wrong in the body: {"error": "Servable not found for request: Latest(half_plus_two)"}
    sys.exit(f"{error.code}: {json.load(error)['error']}")
