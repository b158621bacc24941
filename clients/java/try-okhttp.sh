#!/usr/bin/env bash
# usage: clients/java/try-okhttp.sh okhttp.jar okio.jar kotlin-stdlib.jar ...
# Compiles the client against another OkHttp than Debian's, and runs the tests of the jar that build.sh makes with it. OkHttp 5 is
# in the npm package allure-commandline: `npm pack allure-commandline`, then package/dist/plugins/jira-plugin/lib.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
classpath=$(IFS=:; echo "${*:?usage: try-okhttp.sh jar...}")
classes=$(mktemp -d)
trap 'rm -r "$classes"' EXIT

# Later versions deprecate the order of arguments that the first ones know alone.
javac --release 8 -encoding UTF-8 -Xlint:all,-options,-path,-deprecation -Werror -cp "$classpath" -d "$classes" \
  $(find "$here/src/main/java" -name '*.java')
cd "$here/../.."
export OKHTTP_CLASSPATH=$classpath:/usr/share/java/gson.jar
bun test --timeout 120000 test/clients/java/{live,unit,cuts,console,page}.test.ts test/clients/conformance/java.test.ts
