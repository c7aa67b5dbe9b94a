"""python -m hwr data: the datasets; import and export one's own characters; what a dataset holds stands in survey.py."""

from __future__ import annotations

import argparse
import io
import json

from hwr.cli import survey


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    command.add_argument("--json", action="store_true", help="one object a line")
    command.add_argument(
        "--data-dir", help="where datasets are (or HWR_DATA); one's own are in mine/ there (or HWR_MINE)"
    )
    actions = command.add_subparsers(metavar="ACTION", help="without one, the datasets are listed")
    bring = actions.add_parser("import", help="add a zip of pictures to your own", description=_import.__doc__)
    bring.add_argument(
        "zip", metavar="ZIP", help="pictures in folders named by their character, as 7/a.png or U+0041/b.png"
    )
    bring.set_defaults(run=_import)
    give = actions.add_parser("export", help="write your own pictures into a zip", description=_export.__doc__)
    give.add_argument("--output", default="mine.zip", help="the zip to write (default %(default)s)")
    give.set_defaults(run=_export)
    survey.add_actions(actions)
    for action in (bring, give):
        action.add_argument("--data-dir", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def execute(options: argparse.Namespace) -> int:
    """Prints the datasets."""
    from hwr.data import DATASETS, data_folder
    from hwr.lines.data import LINE_DATASETS
    from hwr.mine import Mine

    own = Mine.at(data_folder(options.data_dir)).counts()
    for name, entry in DATASETS.items():
        classes, pictures = entry.classes or "".join(own), {"pictures": sum(own.values())} if name == "mine" else {}
        if options.json:
            about = {"name": name, "classes": classes, "summary": entry.summary, "source": entry.source}
            print(json.dumps(about | pictures))
        else:
            count = f", {pictures['pictures']:,} so far" if pictures else ""
            print(f"{name:<16} {len(classes):>3} classes  {entry.summary}{count} ({entry.source})")
    for name, line in LINE_DATASETS.items():
        if options.json:
            print(json.dumps({"name": name, "lines": True, "summary": line.summary}))
        else:
            print(f"{name:<16} lines        {line.summary}")
    if not options.json:
        print("folder:PATH      own pictures: one sub-folder a class, named by its character")
    return 0


def _import(options: argparse.Namespace) -> int:
    """Adds the pictures of a zip to your own, all or none; what cannot be used is skipped and listed."""
    from hwr.data import data_folder
    from hwr.mine import Mine, bring_in

    mine = Mine.at(data_folder(options.data_dir))
    for line in bring_in(mine, options.zip).lines():
        print(line)
    return 0


def _export(options: argparse.Namespace) -> int:
    """Writes your own pictures into a zip that import takes."""
    from hwr.checkpoint import check_output, write_whole
    from hwr.data import data_folder
    from hwr.mine import Mine, export

    check_output(options.output)
    content = io.BytesIO()
    count = export(Mine.at(data_folder(options.data_dir)), content)
    write_whole(options.output, content.getvalue())
    print(f"{count:,} pictures are in {options.output}.")
    return 0
