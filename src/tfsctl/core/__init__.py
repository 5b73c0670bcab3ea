"""The life of a servable: sources say which versions are aspired, the manager brings them about.

    FileSystemStoragePathSource ──StoragePaths──▶ a target that makes Loaders ──▶ AspiredVersionsManager
                                                                                    │ states, over the EventBus
                                                        ServableStateMonitor ◀──────┘

Standard library only: what a servable is, only its loader knows (tensorflow-serving.md §3).
"""

from tfsctl.core.aspired_versions_manager import AspiredVersionsManager
from tfsctl.core.event_bus import EventBus, Subscription
from tfsctl.core.file_system import FileSystem, LocalFileSystem
from tfsctl.core.file_system_storage_path_source import FileSystemStoragePathSource
from tfsctl.core.loader import Loader
from tfsctl.core.policy import (
    Action,
    ActionKind,
    AspiredVersionPolicy,
    AvailabilityPreservingPolicy,
    ResourcePreservingPolicy,
    VersionSnapshot,
)
from tfsctl.core.servable_config import ServableConfig
from tfsctl.core.servable_handle import ServableHandle
from tfsctl.core.servable_id import ServableId
from tfsctl.core.servable_state import ManagerState, ServableState
from tfsctl.core.servable_state_monitor import ServableStateMonitor
from tfsctl.core.static_storage_path_source import StaticStoragePathSource
from tfsctl.core.storage_path import Location, StoragePath, Target, child, store_of

__all__ = [
    "Action",
    "ActionKind",
    "AspiredVersionPolicy",
    "AspiredVersionsManager",
    "AvailabilityPreservingPolicy",
    "EventBus",
    "FileSystem",
    "FileSystemStoragePathSource",
    "Loader",
    "LocalFileSystem",
    "Location",
    "ManagerState",
    "ResourcePreservingPolicy",
    "ServableConfig",
    "ServableHandle",
    "ServableId",
    "ServableState",
    "ServableStateMonitor",
    "StaticStoragePathSource",
    "StoragePath",
    "Subscription",
    "Target",
    "VersionSnapshot",
    "child",
    "store_of",
]
