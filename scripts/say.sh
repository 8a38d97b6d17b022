# Sourced by the other scripts: one line to the person, in the language of their screen.
# shellcheck shell=bash

# say VIETNAMESE ENGLISH - to stderr, because stdout belongs to the program that runs (its ready line).
say() {
    case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
        vi*) printf '%s\n' "$1" >&2 ;;
        *) printf '%s\n' "$2" >&2 ;;
    esac
}

# stop VIETNAMESE ENGLISH - say it and end; nothing is started on a half-made installation.
stop() {
    say "$1" "$2"
    exit 1
}

# A caller (cron, a service, some CI) may hand us no stdin at all; then the next file opened would become it.
{ true <&0; } 2>/dev/null || exec </dev/null
