"""XML scenarios for SIPp, made of a line.

    INVITE <100 <180 <200 ACK BYE <202/BYE

is a caller: what it sends by its name, what it receives behind a `<`; a reply by its code, with the method of its request unless that is
INVITE. More words:

- `<ACK?` may be absent; so may a provisional reply that something else is received behind
- `strict:BYE` goes as from a UA that knows strict routers alone: to the first of the route set, the Contact at its end (RFC 2543)
- `pause=500` waits milliseconds, `linger=4000` answers retransmissions so long after the end

SIPp takes a message that comes between two that it sends for a fault, and sends nothing more while it waits for the answer to what it
retransmits: so only what something is received behind is retransmitted. It knows a retransmission when it has sent one message since, and
not when it has sent two: those are told to it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from html import escape

HOST = "127.0.0.1"
ME = f"{HOST}:[local_port]"
PROXY = "sip:[service]@[remote_ip]:[remote_port]"
WAITS = {"pause": "pause", "linger": "timewait"}
REASONS = {"100": "Trying", "180": "Ringing", "200": "OK", "202": "Accepted"}
REASONS |= {"302": "Moved Temporarily", "486": "Busy Here", "487": "Request Terminated"}


def scenario(line: str, ports: Mapping[str, int], *, contact: str = "", router: str = "", t1: int = 500) -> str:
    """What makes SIPp do as the line says; replies name the endpoint `contact`, if any, instead of itself, and `router` as a strict one.

    `t1`: milliseconds until something is retransmitted for the first time.
    """
    words = line.split()
    port = ports[contact] if contact else "[local_port]"
    first_route = f" <sip:{HOST}:{ports[router]}>," if router else ""
    own = [f"Contact: <sip:callee@{HOST}:{port}>", f"Record-Route:{first_route}[$routes]"]
    steps = "\n".join(_step(words, index, own) for index in range(len(words))).replace("[t1]", str(t1))
    kept = dict.fromkeys(re.findall(r"\w+", " ".join(re.findall(r'assign_to="(.*?)"', steps))))
    reference = f'<Reference variables="{",".join(kept)}"/>\n' if kept else ""  # what is kept and not used is an error to SIPp
    return f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="{escape(line)}">\n{steps}\n{reference}</scenario>\n'


def expected(line: str) -> str:
    """What is seen where all went as the line says."""
    return " ".join(word.rpartition(":")[2].rstrip("?") for word in line.split() if "=" not in word)


def _step(words: list[str], index: int, own: list[str]) -> str:
    word = words[index]
    if "=" in word:
        kind, milliseconds = word.split("=")
        return f'<{WAITS[kind]} milliseconds="{milliseconds}"/>'
    if word.startswith("<"):
        optional = word.endswith("?") or (word.startswith("<1") and words[index + 1].startswith("<"))
        return "\n".join([*_repeats(words, index), _received(word, optional, strict="strict:BYE" in words)])
    code, _, method = word.rpartition(":")[2].partition("/")
    awaiting = index + 1 < len(words) and words[index + 1].startswith("<")
    if code.isdigit():
        return _sent(_reply(code, method, own), retransmitted=awaiting and code >= "200" and not method)
    return f'<label id="{index}"/>\n' + _sent(_request(words, index), retransmitted=awaiting and code != "ACK")


def _repeats(words: list[str], index: int) -> list[str]:
    """What was received before two that were sent may come again now: a request is passed over; for a reply, the last is sent again."""
    at = max((at for at in range(index) if words[at].startswith("<")), default=None)
    if at is None or words[at].startswith("<1") or sum("=" not in word for word in words[at + 1 : index]) < 2:
        return []
    if _is_reply(words[at]):
        return [f'<recv {_expected(words[at])} optional="true" next="{index - 1}"/>']
    return [f'<label id="{index}"/>', f'<recv {_expected(words[at])} optional="true" next="{index}"/>']


def _is_reply(word: str) -> bool:
    return word[1:2].isdigit()


def _sent(lines: list[str], retransmitted: bool) -> str:
    attribute = ' retrans="[t1]"' if retransmitted else ""
    return "\n".join([f"<send{attribute}><![CDATA[", *lines, "Content-Length: 0", "", "]]></send>"])


def _expected(word: str) -> str:
    """Replies by their code alone, so that one to BYE should not be 200: SIPp takes the 200 to INVITE that comes again for it."""
    name = word[1:].rstrip("?").partition("/")[0]
    return f'response="{name}"' if name.isdigit() else f'request="{name}"'


def _received(word: str, optional: bool, strict: bool) -> str:
    attributes = _expected(word)
    name, _, method = word[1:].partition("/")
    if name == "200" and not method:
        attributes += ' rrs="true"'  # for [routes] and [next_url]
    if optional:
        attributes += ' optional="true"'
    actions = []
    if name == "INVITE":  # what replies to it repeat, whatever has been received since; the second Via is the caller's
        actions = [_keep("via1", "Via"), _keep("via2", "Via", 2), _keep("to", "To"), _keep("cseq", "CSeq"), _keep("routes", "Record-Route")]
    elif name >= "200" and name.isdigit() and not method:
        actions = [_keep("to", "To")]
        if strict:
            actions.append('<ereg regexp="&lt;([^&gt;]*)" search_in="hdr" header="Record-Route:" assign_to="whole,first_route"/>')
    return f"<recv {attributes}><action>{''.join(actions)}</action></recv>" if actions else f"<recv {attributes}/>"


def _keep(variable: str, header: str, occurrence: int = 1) -> str:
    return f'<ereg regexp=".*" search_in="hdr" header="{header}:" occurrence="{occurrence}" assign_to="{variable}"/>'


def _reply(code: str, method: str, own: list[str]) -> list[str]:
    if method:
        own, repeated = [], ["[last_Via:]", "[last_CSeq:]", "[last_To:]"]
    else:
        repeated = ["Via:[$via1]", "Via:[$via2]", "CSeq:[$cseq]", "To:[$to];tag=[pid]-[call_number]"]
    return [f"SIP/2.0 {code} {REASONS[code]}", *repeated, "[last_From:]", "[last_Call-ID:]", *own]


def _request(words: list[str], index: int) -> list[str]:
    way, _, method = words[index].rpartition(":")
    refused = any(re.fullmatch(r"<[3-6]\d\d", word) for word in words[:index])
    of_invite = method == "CANCEL" or (method == "ACK" and refused)
    uri, to, routes = PROXY, f"<{PROXY}>", "[routes]"
    if method in ("ACK", "BYE"):
        to = "[$to]"
        if way == "strict":
            uri, routes = "[$first_route]", "Route: <[next_url]>"
        elif not of_invite:
            uri = "[next_url]"
    branch = f"[branch-{index - words.index('INVITE')}]" if of_invite else "[branch]"
    return [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/UDP {ME};branch={branch}",
        *([routes] if uri != PROXY else []),
        f"From: <sip:caller@{ME}>;tag=[pid]-[call_number]",
        f"To:{to}",
        "Call-ID: [call_id]",
        f"CSeq: {2 if method == 'BYE' else 1} {method}",
        f"Contact: <sip:caller@{ME}>",
        "Max-Forwards: 70",
    ]


if __name__ == "__main__":
    print(scenario(" ".join(sys.argv[1:]), {}))
