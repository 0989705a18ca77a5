# SPDX-License-Identifier: MIT
#
# The examples in docs/shell.md: each block marked `console` is run, and must print what it shows.
. "$(dirname "$0")/daemon.sh"
start_daemon
PATH=$(dirname "$HOLDFAST"):$PATH
page=$(dirname "$0")/../../docs/shell.md

# The blocks as the page shows them, and the same with the real output of the commands.
sed -n '/^```console$/,/^```$/p' "$page" | grep -v '^```' >"$folder/shown"
sed -n 's/^\$ //p' "$folder/shown" >"$folder/commands"
while read -r command; do
    steps=$((steps + 1))
    printf '$ %s\n' "$command"
    eval "$command" </dev/null 2>>"$folder/error"
done <"$folder/commands" >"$folder/printed"
diff -u "$folder/shown" "$folder/printed" || {
    fail "docs/shell.md shows something else"
    sed 's/^/  /' "$folder/error" >&2
}
[ "$steps" -gt 50 ] || fail "only $steps examples found"
end
