#!/usr/bin/env bash
# Every test there is, tier by tier. The last line is `N passed, N failed`; the exit code is 0 only when nothing failed and everything ran.
#
# Counts come from what the test runs say themselves. A build that fails, a run that crashes, hangs or ends without its summary, and a tier
# that runs no test each count as a failure: silence is not success.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

swift=${SWIFT:-swift}
read -r -a flags <<<"${SWIFT_BUILD_FLAGS:--c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error}"
# A tier that takes longer than this hangs.
tier_seconds=${VIGIL_TIER_SECONDS:-2400}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
failed=0

say() { printf '\n== %s\n' "$1"; }

finish() {
  # Named again at the end, for those who see only that.
  if [ -s "$logs/failures" ]; then
    say "what failed"
    cat "$logs/failures"
  fi
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
}

# check NAME COMMAND...: one test that is a command; it passes with exit code 0.
check() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "✔ $name"
  else
    failed=$((failed + 1))
    echo "✘ $name" | tee -a "$logs/failures"
  fi
}

# count LOG CODE TIER: adds up what one run of Swift Testing says.
count() {
  local log=$1 code=$2 tier=$3 total bad skipped
  # `✔ Test run with 46 tests in 5 suites passed after …`. Other programs' output may share the line, so it is looked for anywhere.
  total=$(grep -aoE 'Test run with [0-9]+ tests?' "$log" | tail -n 1 | grep -oE '[0-9]+')
  bad=$(grep -aE '✘ Test .* failed after [0-9.]+ seconds' "$log" | grep -avcE '✘ Test (run with|case passing) ')
  skipped=$(grep -acE '➜ Test .* skipped' "$log")
  if [ -z "$total" ]; then
    passed=$((passed + $(grep -aE '✔ Test .* passed after [0-9.]+ seconds' "$log" | grep -avcE '✔ Test (run with|case passing) ')))
    failed=$((failed + bad + 1))
    echo "✘ $tier: ended with code $code before its summary (a crash, or more than $tier_seconds s)" | tee -a "$logs/failures"
    tail -n 20 "$log" >>"$logs/failures"
    return
  fi
  if [ "$total" = 0 ]; then
    failed=$((failed + 1))
    echo "✘ $tier: no test was run" | tee -a "$logs/failures"
    return
  fi
  grep -aE '✘ Test .* recorded an issue ' "$log" | cut -c1-4000 >>"$logs/failures"
  # The run's own verdict is worth more than our reading of its lines.
  if [ "$code" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  failed=$((failed + bad))
  passed=$((passed + total - bad - skipped))
  echo "$tier: $((total - bad - skipped)) passed, $bad failed, $skipped skipped"
}

# tier NAME ARGUMENTS...: one run of `swift test`.
tier() {
  local name=$1 log code
  shift
  log="$logs/$name.log"
  say "$name"
  # Starts and passes of single tests and cases are thousands of lines; what is left is what one wants to read.
  timeout --kill-after=10 "$tier_seconds" "$swift" test "${flags[@]}" --skip-build --disable-xctest "$@" 2>&1 | tee "$log" \
    | grep -avE --line-buffered '^(◇|✔ Test (case|"|[^ ]+\()|✔ Suite|\[[0-9]+/[0-9]+\]|↳ (Testing Library|Target Platform))'
  code=${PIPESTATUS[0]}
  count "$log" "$code" "$name"
}

say "build"
"$swift" build "${flags[@]}" --build-tests 2>&1 | tee "$logs/build.log"
if [ "${PIPESTATUS[0]}" != 0 ]; then
  failed=1
  echo "✘ the build failed"
  finish
fi
binary="$("$swift" build "${flags[@]}" --show-bin-path)/vigil"
export VIGIL_BINARY=$binary
# The package manager warns of a dependency's files by its name; ours are warnings without one, and those that name a file here.
dependencies=$(cd .build/checkouts && printf '%s|' *)
# shellcheck disable=SC2317 # called through check
warnings() { grep -aE "^(warning:|$PWD/(Sources|Tests|Package).*warning:)" "$logs/build.log" | grep -avE "^warning: '(${dependencies%|})':"; }
# shellcheck disable=SC2317 # called through check
no_warnings() { ! warnings | tee -a "$logs/failures" | grep -a .; }
check "the build has no warnings of ours" no_warnings

# Each tier is a run of its own, so that a crash in one leaves the others standing.
database='^PostgresIntegrationTests\.'
model='^(LanguageModelTests|TrainingTests|ModelRegressionTests)\.'
loop='^(DaemonTests|EndToEndTests)\.'
tier pure --skip "$database" --skip "$model" --skip "$loop"
tier postgres --filter "$database"
tier model --filter "$model"
tier end-to-end --filter "$loop"

say "rules"
check "the shipped rules have no fault" "$binary" rules check Rules
for file in Rules/*.test.yaml; do check "$file" "$binary" rules test "$file"; done

if command -v systemd-analyze >/dev/null; then
  say "systemd"
  # shellcheck disable=SC2317 # called through check
  # verify wants the program to be where the unit says, and answers 0 for mistyped keys: any word from it is a fault.
  verify() {
    local unit="$logs/${1##*/}" words
    sed "s|/usr/local/bin/vigil|$binary|" "$1" >"$unit"
    if ! words=$(systemd-analyze verify --man=no "$unit" 2>&1) || [ -n "$words" ]; then
      echo "$words"
      return 1
    fi
  }
  for unit in systemd/*.service; do
    check "$unit is a valid unit" verify "$unit"
    check "$unit is exposed at most 2.0" bash -c "systemd-analyze security --offline=true --threshold=20 --no-pager '$unit' | tail -n 1; exit \${PIPESTATUS[0]}"
  done
  # The unit's life on a real systemd: 77 says that this machine cannot boot one, and why.
  Tests/systemd.sh 2>&1 | tee "$logs/systemd.log"
  case ${PIPESTATUS[0]} in
  0) check "the unit lives on a real systemd" true ;;
  77) ;;
  *)
    cat "$logs/systemd.log" >>"$logs/failures"
    check "the unit lives on a real systemd" false
    ;;
  esac
else
  echo "systemd-analyze is not here: the units are not checked"
fi
finish
