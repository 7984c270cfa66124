# SPDX-License-Identifier: GPL-2.0
#
# Tell whether what is read is JSON, where nothing else can: what has been
# understood becomes 0, until only that is left.

{ text = text $0 " " }

END {
	gsub(/"([^"\\]|\\["\\\/bfnrt]|\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f])*"/, "s", text)
	gsub(/[ \t]/, "", text)
	gsub(/-?[0-9]+(\.[0-9]+)?|true|false|null/, "0", text)
	do {
		before = length(text)
		gsub(/\[([0s](,[0s])*)?\]|\{(s:[0s](,s:[0s])*)?\}/, "0", text)
	} while (length(text) < before)
	exit text != "0"
}
