# Lays an error of a newer Nix out as Nix 2.8 does, so that both can be compared: the error first, then what it was met in,
# from the inside to the outside, places set off by empty lines. Of what it was met in, only what 2.8 tells stays.
#
# Where TRACE is set, Nix was asked for it (--show-trace).

# A line behind the end of a file is nothing to show.
function isNothing(line) { return line ~ /^ *[0-9]+\|$/ }

function place(line) {
    if (line !~ /^ *at .*:$/) return 0
    sub(/^ */, "       ", line)
    print "\n" line "\n"
    return 1
}

{ lines[NR] = $0 }

END {
    for (start = 1; start <= NR && lines[start] != "error:"; start++) {
        # Warnings; or an error that was met in nothing.
        if (lines[start] ~ /^error: /) break
        print lines[start]
    }
    if (start > NR) exit
    for (last = NR; last > start && lines[last] !~ /^       error: /; last--);
    for (n = last; n <= NR; n++) {
        line = lines[n]
        if (n == last) sub(/^ */, "", line)
        if (!isNothing(line) && !place(line)) print line
    }
    if (!TRACE) {
        print "(use '--show-trace' to show detailed location information)"
        exit
    }
    for (n = last - 1; n > start; n = first - 1) {
        # The empty line behind a step, and the step's first line.
        for (first = n; first > start + 1 && lines[first] !~ /^       … /; first--);
        if (lines[first] !~ /of the installer plan$|the derivation attribute '/) continue
        print "\n" lines[first]
        for (n = first + 1; lines[n] != "" && n < last; n++)
            if (!isNothing(lines[n]) && !place(lines[n])) print lines[n]
    }
}
