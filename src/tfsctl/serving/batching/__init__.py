"""Batching: requests of several clients run as one (tensorflow-serving.md §4).

`batched_models.py` says which models are batched and how; a `BatchingModel` stands in front of one that is. Its tasks
wait in queues (`batch_queue.py`), from which the threads of one `BatchScheduler` take batches, and `BatchRunner`s run
them.
"""
