"""`reelscore bench`."""

from __future__ import annotations

from reelscore.cli.output import note, print_json, say
from reelscore.cli.panels import AsJson
from reelscore.config import load_settings
from reelscore.wiring import Wiring


def bench(as_json: AsJson = False) -> None:
    """Print time and memory of inference on this machine, over 30 s of made sound."""
    from reelscore.maintenance.bench import bench as measure

    note("measuring, which takes some seconds")
    found = measure(Wiring(load_settings()))
    if as_json:
        print_json(found)
        return
    for row in found["steps"]:
        say(f"{row['name']} of {found['sound_seconds']:.0f} s" if "sound" in row["name"] else row["name"])
        say(f"  Inference time: {row['seconds']:.4f}s (the first {row['first_seconds']:.2f}s, with loading)")
        say(f"  Memory usage: {row['memory_mb']:.2f}MB")
    for row in found["models"]:
        memory = f", {row['memory_mb']:.2f}MB" if row["memory_mb"] is not None else ""
        each = f"{row['runs']} times, {row['seconds']:.4f}s each{memory}"
        say(f"[dim]{row['model']}  {row['stage']}  {each}[/dim]")
    say(f"the process holds {found['resident_mb']:.2f}MB")
