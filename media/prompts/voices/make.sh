#!/bin/sh
# Speaks the phrases of en.txt and de.txt, one WAV file each, into en/ and de/. Needs flite, espeak-ng and sox.
# Each file: mu-law, 8 kHz, one channel, even loudness, no silence in front; behind a sentence a pause, behind a part of one next to none.
# With names, only the phrases so named are spoken.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# loud is the mean power of what is spoken in each clip, pauses left out, in dB of full scale.
loud=-22

speak() { # language, text
	case $1 in
	en) flite -voice slt -t "$2" -o "$tmp/spoken.wav" ;;
	de) espeak-ng -v de -s 145 -p 42 -w "$tmp/spoken.wav" "$2" ;;
	esac
}

clip() { # file, text
	case $2 in *[.]) pause=0.25 ;; *) pause=0.03 ;; esac
	sox -D "$tmp/spoken.wav" -r 8000 -c 1 "$tmp/trimmed.wav" norm -9 highpass 120 norm -3 \
		silence 1 0.005 0.3% reverse silence 1 0.005 0.3% fade t 0.004 reverse fade t 0.004
	is=$(sox "$tmp/trimmed.wav" -n silence -l 1 0.005 1% -1 0.005 1% stats 2>&1 | awk '/^RMS lev/ { print $4 }')
	gain=$(awk -v is="$is" -v loud="$loud" 'BEGIN { printf "%.2f", loud - is }')
	sox -D -G "$tmp/trimmed.wav" -b 8 -e mu-law "$1" gain "$gain" pad 0 "$pause"
}

for language in en de; do
	mkdir -p "$language"
	while IFS='	' read -r name text; do
		case " $* " in "  " | *" $name "*) ;; *) continue ;; esac
		speak "$language" "$text"
		clip "$language/$name.wav" "$text"
	done <"$language.txt"
done
