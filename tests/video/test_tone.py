"""High dynamic range is measured as its pictures look in standard range."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import video_files as vf
from numpy.typing import NDArray

from reelscore.records import VideoMeasurements, ignore_progress
from reelscore.video.asking.reporting import Reporter
from reelscore.video.decode.tone import BT2020, HLG, PQ, to_standard_range
from reelscore.video.gemini.options import SampleOptions
from reelscore.video.gemini.sampling import make_sample
from reelscore.video.measure.video import measure_video
from reelscore.video.proxy import write_proxy
from reelscore.video.showing import PictureSampler
from reelscore.video.vision.frames import pictures_at

RATE, CUT = 25, 40
# Luminance of the primaries (ITU-R BT.2020), and linear light of BT.709 in them (ITU-R BT.2087).
LUMA = np.array([0.2627, 0.6780, 0.0593])
FROM_709 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])


def reel() -> list[vf.Picture]:
    return vf.pan(vf.scenery(60), CUT, step=0.5) + vf.pan(vf.scenery(61), CUT, step=0.5)


def coded(image: NDArray[np.generic], transfer: int) -> NDArray[np.float64]:
    """An SDR picture as PQ or HLG with its white at 203 cd/m2: codes 0..1 (ITU-R BT.2100, BT.2408)."""
    light = ((image.astype(float) / 255) ** 2.4 @ FROM_709.T) * 203.0
    if transfer == PQ:
        power = (light / 10_000) ** 0.1593017578125
        return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    luma = np.maximum(light @ LUMA, 1e-6)[..., None] / 1000
    scene = light / 1000 * luma ** (1 / 1.2 - 1)
    upper = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), upper)


def write_high_range(path: Path, transfer: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *vf.SIZE, "yuv420p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace, context.color_range = (
            transfer,
            9,
            9,
            1,
        )
        stream.options = {"preset": "veryfast", "crf": "12"}
        for image in reel():
            codes = coded(image, transfer)
            luma = codes @ LUMA
            blue, red = (codes[..., 2] - luma) / 1.8814, (codes[..., 0] - luma) / 1.4746
            planes = [
                64 + 876 * luma,
                *(512 + 896 * plane.reshape(45, 2, 80, 2).mean((1, 3)) for plane in (blue, red)),
            ]
            frame = av.VideoFrame(*vf.SIZE, "yuv420p10le")
            for plane, values in zip(frame.planes, planes, strict=True):
                height, width = values.shape
                rows = np.zeros((height, plane.line_size // 2), np.uint16)
                rows[:, :width] = np.round(values)
                plane.update(rows.tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def first_of(path: Path) -> vf.Picture:
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(np.uint8)


def measured(path: Path) -> VideoMeasurements:
    return measure_video(path).measurements


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_high_range_has_the_levels_of_standard_range(tmp_path: Path, transfer: int) -> None:
    standard = measured(vf.write(tmp_path / "standard.mp4", reel(), rate=RATE))
    found = measured(write_high_range(tmp_path / "high.mp4", transfer))
    for level in ("brightness", "contrast", "saturation", "warmth"):
        assert getattr(found, level) == pytest.approx(getattr(standard, level), abs=0.05), level
    assert list(found.cuts) == pytest.approx([CUT / RATE], abs=1.01 / RATE)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_colours_come_back_and_highlights_stay_below_white(transfer: int) -> None:
    colours = np.array([[[0, 0, 0], [60, 60, 60], [200, 40, 40], [40, 180, 60], [30, 60, 210]]])
    codes = np.round(coded(colours, transfer) * 65535).astype(np.uint16)
    assert np.abs(to_standard_range(codes, transfer, BT2020).astype(int) - colours).max() <= 6
    bright = np.full((1, 3, 3), 65535, np.uint16)
    bright[0, 1] = np.round(coded(np.array([[255, 255, 255]]), transfer) * 65535)
    bright[0, 2] = np.round(coded(np.array([[235, 235, 235]]), transfer) * 65535)
    top, white, below = to_standard_range(bright, transfer, BT2020)[0, :, 0].astype(int)
    assert 255 >= top > white >= 240 > below >= 225


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_high_range_is_seen_as_its_pictures_look(tmp_path: Path, transfer: int) -> None:
    standard, high = vf.write(tmp_path / "standard.mp4", reel(), rate=RATE), tmp_path / "high.mp4"
    write_high_range(high, transfer)

    def kept(path: Path) -> vf.Picture:
        sampler = PictureSampler()
        measure_video(path, sampler=sampler)
        return sampler.pictures[0]

    def sent(path: Path) -> vf.Picture:
        jpeg = tmp_path / "sent.jpg"
        jpeg.write_bytes(next(pictures_at(path, [0.0], long_side=160)).jpeg)
        return first_of(jpeg)

    def copied(path: Path) -> vf.Picture:
        make_sample(path, tmp_path / "sample.mp4", SampleOptions(), Reporter(ignore_progress))
        return first_of(tmp_path / "sample.mp4")

    def shown(path: Path) -> vf.Picture:
        write_proxy(path, tmp_path / "proxy.mp4")
        return first_of(tmp_path / "proxy.mp4")

    for look in (kept, sent, copied, shown):
        one, other = look(standard).astype(float), look(high).astype(float)
        assert np.abs(one - other).mean() < 8, look.__name__
