# Runs a private server for as long as its standard input stays open, then stops it and removes
# its folder.
#
# Usage: sh -c "$(cat supervise.sh)" supervise FOLDER [ARGUMENT…]
# Input: a line with the path of the program to start, once the folder is filled; then nothing.
# Writes FOLDER/log, FOLDER/pid and, when the server ended by itself, FOLDER/ended.
#
# The other end of the input is held by the program that asked for the server. However that
# program ends, by a panic or by kill -9, its end is closed, so no server and no folder outlives
# it. Only the process that was started here is ever signalled.
folder=$1
shift
# A signal is taken as the end of the input; ignoring it would be inherited by the server.
trap : HUP INT TERM
missing=
for tool in cat mv rm sleep; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if IFS= read -r program && [ -n "$missing" ]; then
    # Waiting without them would be waiting for ever.
    echo "cannot run:$missing" >>"$folder/log"
    echo 127 >"$folder/ended"
elif [ -n "$program" ]; then
    (
        "$program" "$@" </dev/null >>"$folder/log" 2>&1 &
        echo $! >"$folder/pid.new" && mv "$folder/pid.new" "$folder/pid"
        wait $!
        echo $? >"$folder/ended"
    ) &
    read -r _
    until [ -s "$folder/pid" ]; do
        sleep 0.05
    done
    pid=$(cat "$folder/pid")
    # Fast, immediate, and at last without asking; five seconds each.
    for signal in INT QUIT KILL; do
        [ -e "$folder/ended" ] && break
        kill -s "$signal" "$pid" 2>/dev/null
        tries=0
        until [ -e "$folder/ended" ] || [ "$tries" -ge 250 ]; do
            sleep 0.02
            tries=$((tries + 1))
        done
    done
fi
cd /
# What was still filling the folder when its program was killed may take a moment to notice.
tries=0
until rm -rf "$folder" 2>/dev/null || [ "$tries" -ge 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
