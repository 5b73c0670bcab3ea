"""Measure what the project promises of speed and memory, as ratios against baselines of the same run.

    python benchmarks/run.py                    all scenarios
    python benchmarks/run.py rest grpc          some
    python benchmarks/run.py --rounds 5 --json  more rounds, for scripts

Ends with 1 if a promise is not kept. A machine that is busy with something else gives noise, not figures.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from measure import Row
from scenarios import SCENARIOS, export_model


def main() -> int:
    """Run the scenarios named, print a line for each comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="*", help=f"some of: {', '.join(SCENARIOS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each measurement, interleaved (default: 3)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    unknown = set(options.scenario) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as directory:
        base_path = export_model(Path(directory))
        for name in options.scenario or SCENARIOS:
            found = SCENARIOS[name](base_path, options.rounds)
            rows += found
            if not options.json:
                print("\n".join(map(line, found)), flush=True)
    if options.json:
        print(json.dumps([asdict(row) | {"ratio": row.ratio, "holds": row.holds} for row in rows], indent=2))
    return 0 if all(row.holds for row in rows) else 1


def line(row: Row) -> str:
    """One comparison as text."""
    bound = f"<= {row.at_most}" if row.at_most is not None else f">= {row.at_least}"
    figures = f"{row.ours:10.2f} / {row.baseline:10.2f} {row.unit:10} = {row.ratio:5.2f}"
    return f"{row.scenario:8} {row.what:50} {figures}  ({bound}{'' if row.holds else ', MISSED'})"


if __name__ == "__main__":
    sys.exit(main())
