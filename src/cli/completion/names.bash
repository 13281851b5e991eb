# Options may have one dash; addresses and workspaces are those that state holds.
_recon_from() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        line="${line#[* ] }"
        [[ -n "$line" && "$line" == "$word"* ]] && COMPREPLY+=("$(printf '%q' "$line")")
    done < <("$@" 2>/dev/null)
}

_recon_names() {
    local word="$2" before="$3" one="" options=""
    # Bash takes the equals sign of `-target=ADDRESS` for a word.
    if [[ "$word" == "=" ]]; then
        before="${COMP_WORDS[COMP_CWORD-1]}" word=""
    elif [[ "$before" == "=" ]]; then
        before="${COMP_WORDS[COMP_CWORD-2]}"
    fi
    [[ "$word" == - || "$word" == -[a-z]* ]] && word="-$word" one=yes
    [[ "$before" == -[a-z]?* ]] && before="-$before"
    [[ "$word" == -* ]] && options=yes
    case "$before" in
        --target | --exclude | --replace)
            _recon_from recon state list
            return 0
            ;;
    esac
    if [[ -z "$options" && "$before" != -* ]]; then
        case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in
            "state show" | "state mv" | "state rm")
                if [[ $COMP_CWORD -gt 2 ]]; then
                    _recon_from recon state list
                    return 0
                fi
                ;;
            "taint "* | "untaint "*)
                _recon_from recon state list
                return 0
                ;;
            "workspace select" | "workspace delete")
                if [[ $COMP_CWORD -gt 2 ]]; then
                    _recon_from recon workspace list
                    return 0
                fi
                ;;
        esac
    fi
    _recon "$1" "$word" "$before"
    [[ -n "$one" ]] && COMPREPLY=("${COMPREPLY[@]/#--/-}")
    return 0
}

complete -F _recon_names -o bashdefault -o default recon
