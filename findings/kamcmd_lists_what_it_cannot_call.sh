#!/usr/bin/env bash
# kamcmd lists tm.t_uac_wait and has help for it, and cannot call it: Kamailio answers that the transport cannot wait. The command that does the
# same and blocks the RPC process meanwhile, tm.t_uac_wait_block, works there; tm.t_uac_wait needs a transport that can be answered later, such
# as jsonrpcs over HTTP.
#
# Seen with Debian 12's kamailio 5.6.3-2, ctl on a Unix socket: system.listMethods has both, the first gives "error: 600 - Reply wait/async mode
# not supported by this rpc transport", the second the code and text of the reply; without the body, which is an optional parameter and may be
# left out over HTTP, it gives "400 - Content-Type missing" here. Scripts that ask system.listMethods what they may call, and
# whoever moves a call from HTTP to the socket, should know.
#
# Run: bash findings/kamcmd_lists_what_it_cannot_call.sh   (needs Debian 12, python3 and the package index; ends with 1 when that has changed)
set -euo pipefail
work=$(mktemp -d)
server= peer=
trap 'kill $server $peer 2>/dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"
apt-get download -q kamailio=5.6.3-2 >/dev/null 2>&1
dpkg -x kamailio_*.deb debian
libraries=$work/debian/usr/lib/$(uname -m)-linux-gnu/kamailio
export LD_LIBRARY_PATH=$libraries

cat >peer.py <<'PYTHON'
import socket

def bound():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock

free, sock = bound(), bound()
print(free.getsockname()[1], sock.getsockname()[1], flush=True)
free.close()
sock.settimeout(20)
data, source = sock.recvfrom(65535)
kept = [line for line in data.split(b"\r\n") if line.split(b":")[0] in (b"Via", b"From", b"Call-ID", b"CSeq")]
sock.sendto(b"\r\n".join([b"SIP/2.0 200 Here", *kept, b"To: <sip:a@example.com>;tag=1", b"Content-Length: 0", b"", b""]), source)
PYTHON
mkfifo ports
python3 peer.py >ports &
peer=$!
read -r own other <ports

cat >kamailio.cfg <<CFG
log_stderror=yes
children=1
listen=udp:127.0.0.1:$own
mpath="$libraries/modules"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "ctl.so"
modparam("ctl", "binrpc", "unix:$work/control")
request_route { exit; }
CFG
debian/usr/sbin/kamailio -f kamailio.cfg -DD -E -w "$work" -Y "$work" >kamailio.log 2>&1 &
server=$!
for _ in $(seq 100); do [ -S control ] && break; sleep 0.1; done

ask() { debian/usr/sbin/kamcmd -s "unix:$work/control" "$@" 2>&1; }
headers=$'From: <sip:b@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\n'
typed=$headers$'Content-Type: text/plain\r\n'
listed=$(ask system.listMethods | grep -cE '^tm\.t_uac_wait(_block)?$')
waits=$(ask tm.t_uac_wait OPTIONS "sip:a@127.0.0.1:$other" . . "$typed" body || true)
bare=$(ask tm.t_uac_wait_block OPTIONS "sip:a@127.0.0.1:$other" . . "$headers" || true)
blocks=$(ask tm.t_uac_wait_block OPTIONS "sip:a@127.0.0.1:$other" . . "$typed" body | tr -d '\t\n')
printf 'listed: %s of 2\ntm.t_uac_wait: %s\ntm.t_uac_wait_block: %s\nwithout a body: %s\n' "$listed" "$waits" "$blocks" "$bare"
[ "$listed" = 2 ] && [[ $waits == "error: 600 - Reply wait/async mode not supported"* ]] &&
    [[ $blocks == *200*Here* ]] && [[ $bare == *Content-Type* ]]
