"""The recordings of the real Kamailio in stateful scenarios: read, played on an engine, and compared, once for all tests.

They are in tests/stateful/data/scenarios.zip, a JSON file per group. A scenario is a script, steps at given times (datagrams from
its peers, RPC commands), and what Kamailio sent, logged and answered. From the bottom up: `scenario` reads them, `fields` takes
from what was received what later steps send, `player` plays one on an engine, `masks` finds what differs from run to run,
`compare` tells what is not as recorded, `show` prints it. `play.py` beside this folder is the command.
"""
