"""The one exception whose text is meant for the person at the terminal."""


class SandboxError(Exception):
    """What went wrong and what to do about it; shown without a traceback."""
