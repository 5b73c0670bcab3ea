"""Names of operations, by what a check has to know about them."""

from __future__ import annotations

import re


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Every TensorFlow 2 runs these on a CPU. A graph of nothing else need not be compared with TensorFlow's library, which
# takes longer to open than everything else that a check does.
COMMON = _names("""
    Abs Add AddN AddV2 All Any ArgMax ArgMin Assert Assign AssignAdd AssignAddVariableOp AssignSub
    AssignSubVariableOp AssignVariableOp AvgPool BatchMatMul BatchMatMulV2 BiasAdd BroadcastTo Cast Ceil Concat
    ConcatV2 Const Conv2D Conv3D Cos Cumsum DepthwiseConv2dNative DisableCopyOnRead Einsum Elu Enter Equal Erf Exit
    Exp ExpandDims Fill Floor FloorDiv FloorMod FusedBatchNorm FusedBatchNormV3 Gather GatherNd GatherV2 Greater
    GreaterEqual HashTableV2 Identity IdentityN If InitializeTableFromTextFileV2 InvertPermutation LeakyRelu Less
    LessEqual Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr LookupTableExportV2 LookupTableFindV2
    LookupTableImportV2 LookupTableInsertV2 LoopCond MatMul Max MaxPool Maximum Mean Merge MergeV2Checkpoints Min
    Minimum Mul MutableHashTableV2 Neg NextIteration NoOp NotEqual OneHot Pack Pad PadV2 ParseExample ParseExampleV2
    PartitionedCall Placeholder PlaceholderWithDefault Pow PreventGradient Print PrintV2 Prod RandomUniform Range
    Rank ReadVariableOp RealDiv Reciprocal Relu Relu6 Reshape ResizeBilinear ResizeNearestNeighbor RestoreV2
    ReverseV2 Round Rsqrt SaveV2 ScatterNd Select SelectV2 Selu Shape ShapeN ShardedFilename Sigmoid Sign Sin Size
    Slice Softmax Softplus Softsign SparseToDense Split SplitV Sqrt Square SquaredDifference Squeeze
    StatefulPartitionedCall StatelessIf StatelessWhile StaticRegexFullMatch StopGradient StridedSlice StringFormat
    StringJoin StringLower StringSplitV2 Sub Sum Switch Tan Tanh TensorListFromTensor TensorListGetItem
    TensorListReserve TensorListSetItem TensorListStack Tile Timestamp TopKV2 Transpose Unpack VarHandleOp
    VarIsInitializedOp Variable VariableV2 Where While ZerosLike
    """)

# TensorFlow replaces these before it runs a graph; they need no code of their own.
REWRITTEN = frozenset({"AccumulateNV2"})

TOUCH_FILES = _names("""
    CSVDataset CSVDatasetV2 CalibrationStatisticsSaver CreateSummaryDbWriter CreateSummaryFileWriter
    DatasetToTFRecord DistributedSave DumpTensor ExperimentalCSVDataset ExperimentalDatasetToTFRecord
    ExperimentalLMDBDataset ExperimentalMatchingFilesDataset ExperimentalSqlDataset FileSystemSetConfiguration
    FixedLengthRecordDataset FixedLengthRecordDatasetV2 FixedLengthRecordReader FixedLengthRecordReaderV2
    GenerateVocabRemapping ImmutableConst InitializeTableFromTextFile InitializeTableFromTextFileV2 LMDBDataset
    LMDBReader ListSnapshotChunksDataset LoadAndRemapMatrix LoadDataset MatchingFiles MatchingFilesDataset
    MergeV2Checkpoints ReadFile RecordInput Restore RestoreSlice RestoreV2 Save SaveDataset SaveDatasetV2 SaveSlices
    SaveV2 SnapshotChunkDataset SnapshotDataset SnapshotDatasetReader SnapshotDatasetV2 SnapshotNestedDatasetReader
    SqlDataset TFRecordDataset TFRecordDatasetV2 TFRecordReader TFRecordReaderV2 TextLineDataset TextLineReader
    TextLineReaderV2 WholeFileReader WholeFileReaderV2 WriteFile
    """)

RUN_CODE = _names("""
    Abort DataServiceDataset DataServiceDatasetV2 DataServiceDatasetV3 DataServiceDatasetV4 EagerPyFunc PyFunc
    PyFuncStateless RegisterDataset RegisterDatasetV2 RemoteCall RpcCall RpcClient RpcServer RpcServerRegister
    RpcServerStart XlaCustomCall XlaCustomCallV2
    """)

# They read a file when the model is loaded; a SavedModel brings it along in assets/.
READ_ASSETS = frozenset({"InitializeTableFromTextFile", "InitializeTableFromTextFileV2"})

_TENSORFLOW_TEXT = "TensorFlow Text"
_DECISION_FORESTS = "TensorFlow Decision Forests"
# The libraries whose operations TensorFlow Serving's image brings along.
IN_OFFICIAL_IMAGE = frozenset({_TENSORFLOW_TEXT, _DECISION_FORESTS})
_LIBRARIES = {
    _TENSORFLOW_TEXT: r"TFText>|Sentencepiece|FastWordpiece|FastBertNormalize|Wordpiece|WhitespaceTokenize|CaseFoldUTF8"
    r"|NormalizeUTF8|FindSourceOffsets|RegexSplitWith|SentenceFragments|SplitMerge|UnicodeScriptTokenize|RougeL"
    r"|ConstrainedSequence|MaxSpanningTree|TokenizerFromLogits",
    _DECISION_FORESTS: r"SimpleML",
    "TensorFlow Addons": r"Addons>",
    "TensorFlow Recommenders Addons": r"TFRA>",
    "TensorFlow I/O": r"IO>",
    "TensorRT": r"TRT|CreateTRT|InitializeTRT|GetCalibrationDataOp",
    "AWS Neuron": r"Neuron",
    "Horovod": r"Horovod",
}


def library_of(op: str) -> str | None:
    """The library that registers an operation which TensorFlow itself does not have; None if it is not known."""
    return next((library for library, pattern in _LIBRARIES.items() if re.match(pattern, op)), None)
