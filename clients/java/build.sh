#!/usr/bin/env bash
# usage: clients/java/build.sh [--debug] [folder]
# Builds the client with javac and jar alone, from Debian's packages: tambuli.jar, its adapters for SQLite and for Android, the
# example apps against stubs (they compile; no device runs them here), and the tests. Without a folder, into clients/java/build.
# With --debug, the classes of the jars tell their files and lines to a stack trace, and weigh a tenth more.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
debug=none
if [ "${1:-}" = --debug ]; then
  debug=source,lines
  shift
fi
out=$(realpath -m "${1:-$here/build}")
jars=${JARS:-/usr/share/java}
okhttp=${OKHTTP:-$jars/okhttp.jar:$jars/okio.jar}

sources() { find "$@" -name '*.java' | sort; }

compile() { # release, debug information, classpath, folder, sources
  local release=$1 debug=$2 classpath=$3 folder=$4
  shift 4
  rm -rf "$folder"
  mkdir -p "$folder"
  # Jars of Debian name others in their manifests that nothing here needs.
  javac --release "$release" "-g:$debug" -encoding UTF-8 -Xlint:all,-options,-path -Werror -cp "$classpath" -d "$folder" "$@"
}

# Without entries for folders and times of files, the jar is smaller, and that of the same classes is the same.
pack() { # folder, jar
  (cd "$1" && jar --create --no-manifest --date 2000-01-01T00:00:00Z --file "$2" $(find ph -name '*.class' | sort))
}

compile 8 "$debug" "$okhttp" "$out/main" $(sources "$here/src/main/java")
pack "$out/main" "$out/tambuli.jar"

compile 8 "$debug" "$out/main:$okhttp" "$out/sqlite" $(sources "$here/sqlite/src")
pack "$out/sqlite" "$out/tambuli-sqlite.jar"

compile 8 none "$jars/gson.jar" "$out/stubs" $(sources "$here/android/stubs")
compile 8 "$debug" "$out/main:$out/sqlite:$out/stubs:$okhttp" "$out/android" $(sources "$here/android/src")
pack "$out/android" "$out/tambuli-android.jar"

client="$out/main:$out/sqlite:$out/android:$out/stubs:$okhttp:$jars/gson.jar"
compile 11 source,lines "$client" "$out/example" $(sources "$here/example")
junit=$(printf "$jars/%s.jar:" junit-jupiter-api junit-platform-commons apiguardian-api opentest4j)
compile 11 source,lines "$client:$out/example:$junit$jars/sqlite-jdbc.jar" "$out/test" $(sources "$here/src/test/java")
