# SPDX-License-Identifier: MIT
#
# The manager has no room for the shell: that is no answer to a question, and it is said what to do.
. "$(dirname "$0")/daemon.sh"
start_daemon --max-sessions 1

expect 3 "" lock a -- "$HOLDFAST" queue empty jobs
says 'LIMIT: '
says "$HOLDFAST_ADDRESS: the manager has as many sessions as it may have (--max-sessions 1)"
expect 3 "" lock a -- "$HOLDFAST" --guard a:1 queue empty jobs
says 'LIMIT: '
expect 125 "" lock a -- "$HOLDFAST" lock b -- true
says 'LIMIT: '
expect 0 "" lock a -- true
end
