# shellcheck shell=bash
# selftest.sh's part for the checks that look at documents; it is read by selftest.sh, which has
# put(), add(), passes() and finds(), and says where the lint is.
: "${lint:?selftest.sh reads this}"

# Documents in which these checks have something to look at and nothing to find.
put_documents() {
    mkdir -p docs/generate docs/reference docs/runbooks
    cat >fake_sidecar <<'END'
#!/bin/sh
case "$1 $2" in
'metrics-doc ') printf '# Metrics\n| opsmon_a_seconds |\n' ;;
'flags-doc ') printf '## opsmon-sidecar check-config\n' ;;
'config-keys opsmon') printf 'web\tsection\t\nweb.a\ttext\t3\n' ;;
esac
END
    chmod +x fake_sidecar
    put sidecar/opsmon.example.yml 'web:' '  a: b # what it is for'
    cp "$lint/../../docs/generate/configuration.pl" docs/generate/
    docs/generate/configuration.pl ./fake_sidecar >docs/reference/configuration.md
    ./fake_sidecar flags-doc >docs/reference/command-line.md
    put sidecar/opsmon-sidecar.1 '.BI check-config " FILE"'
    put docs/reference/sql.md '### opsmon.f'
    add docs/alerts.md '# Alerts' '## The notification file'
    add docs/guide.md '## Who may ask'
    cat >docs/tour.md <<'END'
# A tour, in `code`
## Who may ask
## Who may ask
See [this](tour.md#a-tour-in-code), [that](#who-may-ask-1), [metrics](metrics.md#metrics),
[elsewhere](https://example.org/x), `opsmon.f`, `opsmon.yml`, `make lint`, `docs/tour.md`,
`opsmon-sidecar check-config`, and make do.
```
[no link](nowhere.md)
```
END
    cat >docs/troubleshooting.md <<'END'
| `time(…` | it means | do |
END
    put Makefile 'lint: stage'
    cat >sidecar/rules/opsmon.rules.yml <<'END'
      - alert: One
        for: 5s
        labels:
          severity: critical
      - alert: Two
        labels:
          severity: info
END
    cat >docs/runbooks/all.md <<'END'
### One
critical · 5s. It is.
- **Look:** there
- **Do:** that
- **Not:** this
### Two
info · at once. It is.
- **Look:** there
- **Do:** that
- **Not:** this
END
    cat >README.md <<'END'
# Name
[ko](README.ko.md) [tour](docs/tour.md) Version 15 has `code`.
    make lint  # checks
> said
END
    cat >README.ko.md <<'END'
# 이름
[en](README.md) [안내서](docs/tour.md) 버전 15에는 `code`가 있습니다.
    make lint  # 검사
> said
END
}

find_document_faults() {
    local what
    for what in links runbooks doc_names readme_ko; do passes $what; done
    passes reference ./fake_sidecar
    put sidecar/opsmon-sidecar.1 '.B check-configs'
    finds 'opsmon-sidecar.1: has no command check-config' reference ./fake_sidecar
    add docs/reference/command-line.md 'two'
    finds 'command-line.md: is not what the program says' reference ./fake_sidecar
    add sidecar/opsmon.example.yml '  c: d'
    finds 'web.c is no key the program asks for' reference ./fake_sidecar
    put sidecar/opsmon.example.yml 'web:'
    finds 'the program asks for web.a, which is not there' reference ./fake_sidecar
    sed -i 's/what it is for/something else/' sidecar/opsmon.example.yml
    finds 'configuration.md: is not what the program says' reference ./fake_sidecar

    add docs/tour.md '[gone](gone.md)'
    finds 'docs/tour.md:10: gone.md: there is no such file' links
    add docs/tour.md '[gone](metrics.md#gone)'
    finds 'docs/tour.md:10: metrics.md#gone: there is no such heading' links
    add docs/tour.md '[gone](#who-may-ask-2)'
    finds 'there is no such heading' links

    add sidecar/rules/opsmon.rules.yml '      - alert: Three'
    finds 'opsmon.rules.yml:8: Three has no runbook' runbooks
    add docs/runbooks/all.md '### Three' 'info · at once.'
    finds 'there is no alert Three' runbooks
    add docs/runbooks/all.md '### Two' 'info · at once.'
    finds 'Two has two runbooks' runbooks
    sed -i 's/for: 5s/for: 6s/' sidecar/rules/opsmon.rules.yml
    finds 'One: the rule is critical · 6s, the runbook begins otherwise' runbooks
    sed -i 's/severity: info/severity: warning/' sidecar/rules/opsmon.rules.yml
    finds 'Two: the rule is warning · at once, the runbook begins otherwise' runbooks
    sed -i 's/.*Not:.*//' docs/runbooks/all.md
    finds 'One: has not, in this order' runbooks

    for what in 'opsmon.g:docs/reference has no opsmon.g' \
        'make it-all:the Makefile has no target it-all' \
        'opsmon-sidecar dance:opsmon-sidecar has no command dance' \
        'docs/gone.md:there is no docs/gone.md'; do
        add docs/tour.md "\`${what%%:*}\`"
        finds "docs/tour.md:10: ${what#*:}" doc_names
    done
    add docs/troubleshooting.md "| \`nobody says this\` | it means | do |"
    finds 'docs/troubleshooting.md:2: no source says "nobody says this"' doc_names

    for what in '## More' "\`more\`" '[more](docs/metrics.md)' '    make more' '> more' '17'; do
        add README.md "$what"
        finds 'README.ko.md: ' readme_ko
    done
    sed -i 's/\[en\](README.md)//' README.ko.md
    finds 'README.ko.md: has no link to README.md' readme_ko
}
