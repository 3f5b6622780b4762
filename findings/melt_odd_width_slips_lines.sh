#!/usr/bin/env bash
# melt: a profile of odd width renders every line one pixel further to the left, without a word.
#
# Versions: melt (MLT) 7.12.0 and FFmpeg 5.1 of Debian 12.
# Source:   720 x 480 pixels of 32:27 (NTSC at 16:9, shown as 853 x 480), the left half black, the right half white; "melt
#           -profile FILE film.mp4 -consumer avformat:out.mkv vcodec=ffv1", with profiles of 853 and of 854 x 480.
# Expected: an upright edge in the middle.
# Seen:     854: the edge is at column 426 in every row. 853: at 416, 226 and 26 in rows 10, 200 and 400: melt keeps pictures as
#           YUV 4:2:2, colours for two pixels each, and counts lines half a pair too short. Nothing is logged, status 0.
# Why it hurts: the shown width of NTSC at 16:9 is odd, and so are those of many crops; whoever writes the size of the film into
#           an MLT or Kdenlive project gets a render that is a smear. Round the width up to an even one.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export QT_QPA_PLATFORM=offscreen
half="color=black:s=720x480:r=25:d=1,drawbox=x=360:y=0:w=360:h=480:color=white:t=fill,setsar=32/27"
ffmpeg -v error -f lavfi -i "$half" -c:v libx264 film.mp4

edges() { # the first white column of three rows
    printf '%s\n' description=x frame_rate_num=25 frame_rate_den=1 "width=$1" height=480 progressive=1 sample_aspect_num=1 \
        sample_aspect_den=1 display_aspect_num=16 display_aspect_den=9 colorspace=709 > "profile$1"
    melt -silent -profile "$folder/profile$1" film.mp4 out=3 -consumer "avformat:$1.mkv" vcodec=ffv1 pix_fmt=yuv444p an=1 \
        real_time=-1 2> /dev/null
    ffmpeg -v error -i "$1.mkv" -frames:v 1 -f rawvideo -pix_fmt gray - | python3 -c '
import sys
width, picture = int(sys.argv[1]), sys.stdin.buffer.read()
rows = (picture[row * width : (row + 1) * width] for row in (10, 200, 400))
print(*(next(at for at, value in enumerate(row) if value > 128) for row in rows))' "$1"
}

even=$(edges 854) odd=$(edges 853)
echo "854: $even; 853: $odd"
[ "$even" = "426 426 426" ] && [ "$odd" = "416 226 26" ]
