#!/usr/bin/env bash
# The Lua 5.4 inside lupa lacks what Debian's Lua 5.4 has of 5.3's compatibility: math.pow, math.cosh and the like are nil, so a script
# that runs in Debian's lua5.4 (and in programs linked with its library) fails in lupa with "attempt to call a nil value (field 'pow')".
#
# Seen with lupa 2.8 and Debian 12's lua5.4 5.4.4-3+deb12u1: lupa prints nil, Debian's prints a function. Both say _VERSION "Lua 5.4".
# The reason is the build option LUA_COMPAT_5_3, which Lua's own makefile sets and lupa's build does not.
#
# Run: bash findings/lupa_lua_without_compat.sh   (needs python3, apt-get and the package indexes; ends with 1 when that has changed)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check lupa==2.8 2>/dev/null
apt-get download -q lua5.4=5.4.4-3+deb12u1 liblua5.4-0=5.4.4-3+deb12u1 >/dev/null 2>&1
for package in ./*.deb; do dpkg -x "$package" debian; done

code='print(_VERSION, type(math.pow), type(math.cosh))'
debian=$(LD_LIBRARY_PATH=$(dirname "$(find debian -name 'liblua5.4.so.0' | head -n 1)") debian/usr/bin/lua5.4 -e "$code")
lupa=$(venv/bin/python -c 'import sys, lupa.lua54; lupa.lua54.LuaRuntime().execute(sys.argv[1])' "$code")
printf 'Debian: %s\nlupa:   %s\n' "$debian" "$lupa"
[ "$debian" = $'Lua 5.4\tfunction\tfunction' ] && [ "$lupa" = $'Lua 5.4\tnil\tnil' ]
