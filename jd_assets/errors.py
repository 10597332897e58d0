"""The errors of the project, in one tree.

    JdAssetsError
    ├── PermanentError        trying again cannot help: somebody has to change something
    │   ├── DumpError         a dump cannot be read (named: file, place, reason)
    │   │   └── TooManyBadRecords
    │   ├── LibraryError      the taxonomy's files contradict each other or their format
    │   ├── SettingsError     a setting or an environment variable is wrong
    │   └── ModelFilesError   the embedder's weights are missing or are not the expected ones
    └── TransientError        the same call may go through later
        └── StoreUnavailable  Postgres or LanceDB did not answer

Every message says what was wrong, where, and what to do. A bad record is no error: it becomes a quarantine row.
"""


class JdAssetsError(Exception):
    """The root: catch it to catch whatever this package raises on purpose."""


class PermanentError(JdAssetsError):
    """Trying again cannot help."""


class TransientError(JdAssetsError):
    """The same call may go through later."""


class DumpError(PermanentError):
    """A dump as a whole cannot be read."""


class TooManyBadRecords(DumpError):
    """A dump holds a larger share of bad records than the settings allow."""


class LibraryError(PermanentError):
    """The taxonomy contradicts itself or its format."""


class SettingsError(PermanentError):
    """A setting is missing, unknown or out of range."""


class ModelFilesError(PermanentError):
    """The embedder's weights are missing or differ from the expected ones."""


class StoreUnavailable(TransientError):
    """A database did not answer in time."""
