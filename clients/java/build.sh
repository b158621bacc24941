#!/usr/bin/env bash
# usage: clients/java/build.sh [folder]
# Builds the client with javac and jar alone, from Debian's packages: tambuli.jar, the Android adapters and the example apps
# against stubs (they compile; no device runs them here), and the tests. Without a folder, into clients/java/build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here/build}
jars=${JARS:-/usr/share/java}
okhttp=${OKHTTP:-$jars/okhttp.jar:$jars/okio.jar}
mkdir -p "$out"

sources() { find "$@" -name '*.java' | sort; }

compile() { # release, classpath, folder, sources
  local release=$1 classpath=$2 folder=$3
  shift 3
  rm -rf "$folder"
  mkdir -p "$folder"
  # Jars of Debian name others in their manifests that nothing here needs.
  javac --release "$release" -g:source,lines -encoding UTF-8 -Xlint:all,-options,-path -Werror -cp "$classpath" -d "$folder" "$@"
}

compile 8 "$okhttp" "$out/main" $(sources "$here/src/main/java")
jar --create --no-manifest --file "$out/tambuli.jar" -C "$out/main" ph

if [ -d "$here/android" ]; then
  compile 8 "$jars/gson.jar" "$out/stubs" $(sources "$here/android/stubs")
  compile 8 "$out/main:$out/stubs:$okhttp" "$out/android" $(sources "$here/android/src")
  jar --create --no-manifest --file "$out/tambuli-android.jar" -C "$out/android" ph
fi
if [ -d "$here/example" ]; then
  compile 11 "$out/main:$out/android:$out/stubs:$okhttp:$jars/gson.jar" "$out/example" $(sources "$here/example")
fi

junit=$(printf "$jars/%s.jar:" junit-jupiter-api junit-platform-commons apiguardian-api opentest4j)
compile 11 "$out/main:$out/android:$out/stubs:$out/example:$okhttp:$junit:$jars/gson.jar:$jars/sqlite-jdbc.jar" "$out/test" $(sources "$here/src/test/java")
