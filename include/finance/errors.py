"""Every error of Tieout, sorted by what to do next.

TieoutError
├── RetryError                  try again later; nothing is known to have happened
│   ├── SystemUnreachableError    a database, a billing system or an ERP does not answer
│   ├── LeaseHeldError            another worker is at this entity's entries
│   └── GenerationMovedError      another night committed first; account again from what was landed
├── WaitError                   nothing to repair; time or another party must move first
│   ├── PeriodClosedError         the accounting period is closed here or in the ERP
│   └── ErpMaintenanceError       the ERP is in a maintenance window that erps.yaml declares
├── OutcomeUnknownError         something was sent and no answer came; only asking the ERP settles it
└── PersonError                 a person must repair something first; a retry would fail the same way
    ├── ConfigurationError        a file in include/config is wrong: names file and line
    ├── CredentialsRefusedError   login or password refused
    ├── ConnectionMissingError    a named connection is not configured
    ├── EntryRefusedError         the ERP refuses an entry and says why
    ├── DuplicateInErpError       one reference stands in the ERP more than once
    ├── UnknownEntryError         the ERP has entries of our making that the finance database does not know
    ├── ForeignContentError       our reference stands in the ERP with content that is not ours
    ├── SourceUnreadableError     the billing system lacks a table, a column, a type or a right that we read by
    ├── SourceReplacedError       the billing database is not the one read before (restored or replaced)
    ├── SourceStoppedError        what a source gave contradicts itself: none of it is accounted
    ├── ExpectationBrokenError    a data-quality rule could not be evaluated
    ├── ReadInstantError          the requested read instant is in the future or before a committed one
    ├── RatesRefusedError         exchange rates cannot be loaded: names each line
    ├── EntryNotWaitingError      a person's word was given on an entry that waits for none
    ├── ExceptionWordError        a person's word on exceptions of the desk cannot be taken
    ├── ReclassificationError     a proposal to book documents anew cannot be made or approved
    ├── EntryReversalError        a proposal to reverse a posted entry cannot be made or approved
    ├── PeriodCloseError          a period cannot be closed or opened again as asked
    ├── AuditChainError           the audit log is not what it was when it was written
    ├── EvidenceError             evidence cannot be written, or is lost or altered
    ├── UnbalancedEntryError      debits and credits differ
    └── NightUnfinishedError      the night's verdict: something is not where it should be

Each message names the thing, the fact and the cure.
"""

from __future__ import annotations


class TieoutError(Exception):
    """The root of all errors of this project."""


class RetryError(TieoutError):
    """Trying again later may succeed; nothing is known to have happened."""


class SystemUnreachableError(RetryError):
    """A database, billing system or ERP does not answer."""


class LeaseHeldError(RetryError):
    """Another worker holds the entries of this legal entity."""


class GenerationMovedError(RetryError):
    """Another night of the same source committed between our comparison and our commit."""


class WaitError(TieoutError):
    """Nothing is broken; a period, a date or another party must move first."""


class PeriodClosedError(WaitError):
    """The accounting period of an entry is closed, here or in the ERP."""


class ErpMaintenanceError(WaitError):
    """The ERP is in a declared maintenance window: it is not spoken to. What waits is posted by the next run after it."""


class OutcomeUnknownError(TieoutError):
    """A request left and no answer came back: it may have been carried out. Only asking settles it."""


class PersonError(TieoutError):
    """A person must act first; trying again unchanged fails the same way."""


class ConfigurationError(PersonError):
    """A configuration file is wrong. The message starts with file and line."""


class CredentialsRefusedError(PersonError):
    """A system refused the login or the password."""


class ConnectionMissingError(PersonError):
    """A connection that the configuration names does not exist."""


class EntryRefusedError(PersonError):
    """The ERP refuses an entry for a reason that a person must remove."""


class DuplicateInErpError(PersonError):
    """More than one ERP entry carries the same reference."""


class UnknownEntryError(PersonError):
    """The ERP has entries of our making that the finance database does not know: nothing more is sent beside them."""


class ForeignContentError(PersonError):
    """An ERP entry carries our reference, but not our content."""


class SourceUnreadableError(PersonError):
    """The billing system lacks a table, a column, a type or a right that we need for reading it."""


class SourceReplacedError(PersonError):
    """The billing database was restored or replaced: what we have seen of it no longer holds."""


class SourceStoppedError(PersonError):
    """What a source gave contradicts itself, so that none of it can be trusted: nothing is accounted for it."""


class ExpectationBrokenError(PersonError):
    """A data-quality rule could not be evaluated. That says nothing about the documents: none is quarantined."""


class ReadInstantError(PersonError):
    """The requested read instant cannot be used."""


class UnknownNameError(PersonError):
    """A source or legal entity was named that the configuration does not have."""


class RatesRefusedError(PersonError):
    """Exchange rates cannot be loaded; the message lists every line with its fault."""


class EntryNotWaitingError(PersonError):
    """An entry cannot be requeued or given up: it is unknown, on its way, or in the ledger."""


class ExceptionWordError(PersonError):
    """A person's word on exceptions cannot be taken: nothing stands under that name, or it takes somebody else."""


class ReclassificationError(PersonError):
    """A reclassification cannot be proposed or approved as asked: the message says what stands in the way."""


class EntryReversalError(PersonError):
    """A posted entry cannot be reversed as asked, or the reversal not be approved or lifted: the message says what stands in the way."""


class PeriodCloseError(PersonError):
    """A period cannot be closed or opened again as asked; the message says what stands in the way. It stays as it was."""


class AuditChainError(PersonError):
    """The audit log was changed past the database's own rules, or a copy of it was; names the first broken link."""


class EvidenceError(PersonError):
    """Evidence cannot be written, or what was written is lost or altered."""


class UnbalancedEntryError(PersonError):
    """A journal entry's debits and credits differ."""


class NightUnfinishedError(PersonError):
    """The night is not complete; the message lists what is missing and who acts."""
