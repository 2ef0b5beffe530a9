"""Serves trackio's dashboard on a free port, prints its address, and ends when its input does. See README.md."""

import sys

import trackio

# What trackio says of itself is not for the reader of the address.
out, sys.stdout = sys.stdout, sys.stderr
_, address, _, _ = trackio.show(open_browser=False, block_thread=False)
print(address, file=out, flush=True)
sys.stdin.read()
