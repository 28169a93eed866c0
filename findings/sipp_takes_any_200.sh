#!/usr/bin/env bash
# SIPp takes the 200 to INVITE that comes again for the 200 to BYE that it waits for: <recv response="200"> looks at the code alone, so a call
# whose BYE was never answered counts as successful. A repeated 200 is what any callee sends whose ACK was lost (RFC 3261 13.3.1.4).
#
# Seen with Debian 12's sip-tester 1:3.6.1-1+b2: scenario INVITE, 200, ACK, BYE, 200 (the order of SIPp's own uac scenario) against a callee that
# answers the BYE with its 200 to the INVITE, "CSeq: 1 INVITE", and with nothing else: exit code 0, 1 successful call, 0 failed ones.
# Whoever tests a proxy with it sees lost BYEs as good calls. A reply with another code to BYE tells them apart.
#
# Run: bash findings/sipp_takes_any_200.sh   (needs Debian 12, python3 and the package index; ends with 1 when that has changed)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q sip-tester=1:3.6.1-1+b2 libgsl27 libgslcblas0 libpcap0.8 libsctp1 libdbus-1-3 >/dev/null 2>&1
for package in ./*.deb; do dpkg -x "$package" debian; done
export LD_LIBRARY_PATH="$work/debian/usr/lib/$(uname -m)-linux-gnu:$work/debian/lib/$(uname -m)-linux-gnu"

cat >callee.py <<'PYTHON'
import socket
import sys

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", 0))
sock.settimeout(20)
print(sock.getsockname()[1], flush=True)
ok = b""
while True:
    data, source = sock.recvfrom(65535)
    method = data.split(b" ", 1)[0]
    if method == b"INVITE":
        kept = [line for line in data.split(b"\r\n") if line.split(b":")[0] in (b"Via", b"From", b"Call-ID", b"CSeq")]
        lines = [b"SIP/2.0 200 OK", *kept, b"To: <sip:callee@127.0.0.1>;tag=1", b"Contact: <sip:callee@127.0.0.1>", b"Content-Length: 0"]
        ok = b"\r\n".join([*lines, b"", b""])
    if method in (b"INVITE", b"BYE"):
        sock.sendto(ok, source)
    if method == b"BYE":
        sys.exit(0)
PYTHON
mkfifo port
python3 callee.py >port &
read -r callee <port

message() { # METHOD CSEQ
    printf '<![CDATA[\n%s sip:callee@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n' "$1"
    printf 'From: <sip:caller@[local_ip]>;tag=[call_number]\nTo: <sip:callee@[remote_ip]>%s\nCall-ID: [call_id]\nCSeq: %s %s\n' "$3" "$2" "$1"
    printf 'Contact: <sip:caller@[local_ip]:[local_port]>\nMax-Forwards: 70\nContent-Length: 0\n\n]]>'
}
cat >call.xml <<XML
<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="call">
<send retrans="500">$(message INVITE 1 "")</send>
<recv response="200"/>
<send>$(message ACK 1 "[peer_tag_param]")</send>
<send retrans="500">$(message BYE 2 "[peer_tag_param]")</send>
<recv response="200"/>
</scenario>
XML
status=0
TERM=dumb debian/usr/bin/sipp -sf call.xml -i 127.0.0.1 -m 1 -timeout 10s -nostdin -trace_stat -stf counts "127.0.0.1:$callee" >screen 2>&1 || status=$?
wait
python3 - "$status" <<'PYTHON'
import csv
import sys

with open("counts", newline="") as lines:
    *_, last = csv.DictReader(lines, delimiter=";")
good, bad = last["SuccessfulCall(C)"], last["FailedCall(C)"]
print(f"exit code {sys.argv[1]}, {good} successful, {bad} failed: the only reply to BYE was 200 with CSeq: 1 INVITE")
sys.exit((sys.argv[1], good, bad) != ("0", "1", "0"))
PYTHON
