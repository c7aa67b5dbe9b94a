"""The one kind of error that a person is meant to read: what is wrong and what to do, in one sentence or two."""


class HwrError(ValueError):
    """Bad input, with a sentence for the person who gave it. Pages and the command line show it without a traceback."""
