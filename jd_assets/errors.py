"""The errors of the project, in one tree.

    JdAssetsError
    ├── PermanentError        trying again cannot help: somebody has to change something
    │   ├── DumpError         a dump cannot be read (named: file, place, reason)
    │   │   └── TooManyBadRecords
    │   ├── LibraryError      the taxonomy's files contradict each other or their format
    │   ├── SettingsError     a setting or an environment variable is wrong
    │   ├── ModelFilesError   the embedder's weights are missing or are not the expected ones
    │   ├── ModelAccessError  the model endpoint will not serve us: key, quota, model or address is wrong
    │   └── BudgetSpent       the next call to a model might cost more than the budget has left
    └── TransientError        the same call may go through later
        ├── StoreUnavailable  Postgres or LanceDB did not answer
        └── ModelUnavailable  the model endpoint failed more often than retries are allowed

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


class ModelAccessError(PermanentError):
    """The model endpoint refuses us for good: key, quota, model name or address."""


class BudgetSpent(PermanentError):
    """The next call might cost more than the budget has left; what was answered before is kept."""


class StoreUnavailable(TransientError):
    """A database did not answer in time."""


class ModelUnavailable(TransientError):
    """The model endpoint failed more often than retries are allowed."""
