#!/usr/bin/env bash
# The hooks for pre-commit (pre-commit.com) in a repository of their own: a good policy is committed,
# an unformatted one is formatted, broken ones are not committed. Needs pre-commit, git and a built
# `gwc`, whose path is the argument; nothing of the network.
set -euo pipefail
gwc=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

export PRE_COMMIT_HOME="$work/home" PRE_COMMIT_COLOR=never
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=hooks GIT_AUTHOR_EMAIL=hooks@test.invalid
export GIT_COMMITTER_NAME=hooks GIT_COMMITTER_EMAIL=hooks@test.invalid
mkdir "$work/bin"
ln -s "$gwc" "$work/bin/gwc"
PATH="$work/bin:$PATH"

fail() {
  printf '%s\n' "$1" "$log" >&2
  exit 1
}
# Commits everything; what that printed is left in $log.
commit() {
  git add --all
  log=$(git commit -m "$1" 2>&1)
}
says() { grep -qF -- "$1" <<<"$log" || fail "not said: $1"; }

# The hooks as a repository, as others name it.
git init -q "$work/hooks"
cp "$root/.pre-commit-hooks.yaml" "$work/hooks"
cd "$work/hooks"
commit hooks

git init -q "$work/policies"
cd "$work/policies"
cat >.pre-commit-config.yaml <<YAML
repos:
  - repo: $work/hooks
    rev: $(git -C "$work/hooks" rev-parse HEAD)
    hooks:
      - id: gwc-fmt
      - id: gwc-check
        args: [gateway.gw]
      - id: gwc-test
        args: [gateway.gw]
YAML
pre-commit install >/dev/null

good='gw 1

listener http { bind = ":8080" }

route home GET / { public "a demonstration"; respond 204 }

test "home answers" {
  when GET /
  then status 204
}'
printf '%s\n' "$good" >gateway.gw
commit "a good policy" || fail "a good policy is not committed"
for hook in "gwc fmt" "gwc check" "gwc test"; do
  grep -qE "^$hook\.+Passed$" <<<"$log" || fail "$hook did not pass"
done

printf 'a note\n' >notes.txt
commit "no policy" || fail "other files are not committed"
grep -qE '^gwc check\.+\(no files to check\)Skipped$' <<<"$log" || fail "gwc check ran for another file"

printf '%s\n' "${good/respond 204/respond   204}" >gateway.gw
if commit "unformatted"; then fail "an unformatted policy is committed"; fi
says "files were modified by this hook"
diff <(printf '%s\n' "$good") gateway.gw || fail "the policy was not formatted"

printf '%s\n' "${good/respond 204/to nowhere}" >gateway.gw
if commit "broken"; then fail "a broken policy is committed"; fi
says "there is no backend"

printf '%s\n' "${good/respond 204/respond 200}" >gateway.gw
if commit "failing"; then fail "a policy whose test fails is committed"; fi
says "0 passed, 1 failed"
says "gwc check"

echo "hooks: a good policy passes, three bad ones are stopped"
