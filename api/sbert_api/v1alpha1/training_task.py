"""TrainingTask: fine-tune one sentence-transformers model. The source of the CRD and its reference.

Every field here works; one that the operator or the trainer would ignore must not stand here.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sbert_api import names
from sbert_api.contract import Contract
from sbert_api.v1alpha1.common import (
    ATOMIC,
    GRANULAR,
    DatasetId,
    LabelKey,
    LabelValue,
    OutputPath,
    RelativePath,
    Resources,
    Storage,
    Toleration,
    cel,
    rules,
)
from sbert_api.v1alpha1.gate import Gate
from sbert_api.v1alpha1.training_status import TrainingTaskStatus

Optimizer = Literal["AdamW", "Adam", "SGD", "RMSprop", "Adagrad", "NAdam", "Adafactor"]
Scheduler = Literal[
    "constantlr",
    "warmupconstant",
    "warmuplinear",
    "warmupcosine",
    "warmupcosinewithhardrestarts",
]
Loss = Literal["TripletLoss", "MultipleNegativesRankingLoss", "CachedMultipleNegativesRankingLoss"]
ForwardPass = Literal["Auto", "Packed", "Stock"]

DISTINCT_DATASETS = cel(
    "self.trainDatasetIds.all(a, self.trainDatasetIds.exists_one(b, a == b))",
    "trainDatasetIds must not name a dataset twice",
    ".trainDatasetIds",
)
SOMETHING_TO_TRAIN_ON = cel(
    "!has(self.valDatasetId) || size(self.trainDatasetIds) == 0 ||"
    " self.trainDatasetIds.exists(d, d != self.valDatasetId)",
    "valDatasetId is the only train dataset: a model is not trained on what it is judged by;"
    " leave valDatasetId out to split the data 90/10",
    ".valDatasetId",
)
NO_GPU_ON_CPU = cel(
    "self.device != 'cpu' || !has(self.resources) || !has(self.resources.limits) ||"
    " !self.resources.limits.exists(k, k.contains('/gpu'))",
    "device cpu must not ask for a GPU in resources.limits",
    ".resources",
)
LabelValueName = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=63, pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"
    ),
]
SHORT_NAME = cel(
    "size(self.metadata.name) <= 200", "the name of a TrainingTask has at most 200 characters"
)


class TrainingTaskSpec(Contract):
    """What to train, on what, and how."""

    model_config = {
        "json_schema_extra": rules(DISTINCT_DATASETS, SOMETHING_TO_TRAIN_ON, NO_GPU_ON_CPU)
    }

    model_tag: RelativePath
    """modelTag: the base model, a folder below the model volume: a plain sentence-transformers
    folder, a hub-cache folder (models--org--name with refs and snapshots), or a trained model
    (trained_models/...)."""

    train_dataset_ids: Annotated[
        list[DatasetId], Field(min_length=1, max_length=64, json_schema_extra=ATOMIC)
    ]
    """trainDatasetIds: the datasets, merged in this order; each is <id>.jsonl on the dataset
    volume with rows {"question", "positive", "negative"}."""

    val_dataset_id: DatasetId | None = None
    """valDatasetId: the validation set; its rows are never trained on. Default: the merged data
    are split by validationFraction."""

    epochs: Annotated[int, Field(ge=1, le=1000)] = 1
    """epochs: how often the training data are passed through."""

    per_device_train_batch_size: Annotated[int, Field(ge=1, le=65536)] = 8
    """perDeviceTrainBatchSize: triplets in a batch of one device."""

    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-5
    """learningRate: the highest learning rate, after the warm-up."""

    warmup_steps: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    """warmupSteps: optimizer steps in which the learning rate rises from 0; not more than the
    run has."""

    optimizer_name: Optimizer = "AdamW"
    """optimizerName: the optimizer."""

    scheduler: Scheduler = "warmuplinear"
    """scheduler: the learning rate after the warm-up: constant (constantlr, warmupconstant),
    falling to 0 in a line (warmuplinear), along a cosine (warmupcosine), or along a cosine with a
    hard restart in each epoch (warmupcosinewithhardrestarts)."""

    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.01
    """weightDecay: decay of the weights at each step; not applied to bias and LayerNorm."""

    max_grad_norm: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    """maxGradNorm: the norm to which gradients are clipped; 0 switches clipping off."""

    use_amp: bool = True
    """useAmp: mixed precision on a GPU: bfloat16 where it has it, else float16 with a scaler. On a
    CPU it is not used, which the log says."""

    show_progress_bar: bool = True
    """showProgressBar: a text bar in the pod's log; status.progress comes either way."""

    evaluation_steps: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    """evaluationSteps: evaluate every so many optimizer steps; 0: at the end of each epoch."""

    output_path: OutputPath = "trained_models"
    """outputPath: the folder below the model volume that receives the trained model; up to three
    names."""

    save_best_model: bool = True
    """saveBestModel: publish the weights of the best evaluation; false: the last ones."""

    save_each_epoch: bool = False
    """saveEachEpoch: also keep a loadable model of each epoch, as epochs/epoch-N in the trained
    model's folder."""

    save_optimizer_state: bool = False
    """saveOptimizerState: keep the optimizer's state, as safetensors, in the trained model's
    folder; a later task whose modelTag is that model and whose optimizerName is the same starts
    from it."""

    dataloader_num_workers: Annotated[int, Field(ge=0, le=64)] = 0
    """dataloaderNumWorkers: processes that prepare batches; 0: the training process does."""

    device: Annotated[
        str, StringConstraints(max_length=7, pattern=r"^(cuda(:[0-9]{1,2})?|cpu|auto)$")
    ] = "cuda"
    """device: cuda, cuda:N, cpu or auto. cuda asks the cluster for a GPU (cuda:N for N+1, so that
    there is a number N) and fails rather than train on a CPU; auto takes a GPU if resources give it
    one."""

    timeout_seconds: Annotated[int, Field(ge=1, le=2_592_000)] = 7200
    """timeoutSeconds: the longest training may take, over all attempts; waiting for a node and
    suspension do not count."""

    loss: Loss = "MultipleNegativesRankingLoss"
    """loss: what is minimised. TripletLoss uses cosine distance and tripletMargin; the ranking
    losses use the other rows of a batch as further negatives; the cached one allows batches that
    do not fit the device's memory."""

    triplet_margin: Annotated[float, Field(gt=0, le=2)] = 0.1
    """tripletMargin: by how much cosine distance a negative must be farther than the positive;
    used by TripletLoss only."""

    max_seq_length: Annotated[int, Field(ge=8, le=1_048_576)] | None = None
    """maxSeqLength: tokens after which a text is cut; at most the model's own limit, which is the
    default."""

    seed: Annotated[int, Field(ge=0, le=4_294_967_295)] = 42
    """seed: of everything random: the split, the order of the rows, dropout."""

    gradient_accumulation_steps: Annotated[int, Field(ge=1, le=65536)] = 1
    """gradientAccumulationSteps: batches whose gradients are added up before an optimizer step."""

    early_stopping_patience: Annotated[int, Field(ge=0, le=1000)] = 0
    """earlyStoppingPatience: evaluations in a row without a better score after which the training
    ends; 0: never."""

    forward_pass: ForwardPass = "Auto"  # noqa: S105 - no password
    """forwardPass: how texts go through the model: Packed computes no padding, which is several
    times faster at the same result; Stock is sentence-transformers' own way; Auto takes what was
    measured to be faster: Packed on a CPU, Stock on a GPU."""

    validation_fraction: Annotated[float, Field(gt=0, le=0.5)] = 0.1
    """validationFraction: the share of the rows that is split off for validation; not used with
    valDatasetId."""

    promote_if: Gate | None = None
    """promoteIf: the quality gate: what the trained model must gain on the base model, on the
    validation rows. The model is published either way; the condition Promoted says whether it
    passed."""

    preflight: bool = True
    """preflight: check datasets and model folder in a small CPU pod before a GPU is asked for."""

    reuse: bool = True
    """reuse: take the model of an identical run that was published before, instead of training it
    again."""

    storage: Storage | None = None
    """storage: the volumes of datasets and models; default: the operator's settings."""

    resources: Resources | None = None
    """resources: of the training container; default: the operator's settings, and the GPUs that
    device asks for."""

    node_selector: (
        Annotated[dict[LabelKey, LabelValue], Field(max_length=32, json_schema_extra=GRANULAR)]
        | None
    ) = None
    """nodeSelector: labels of the nodes that may train."""

    tolerations: (
        Annotated[list[Toleration], Field(max_length=32, json_schema_extra=ATOMIC)] | None
    ) = None
    """tolerations: taints that the training pod tolerates, such as a GPU pool's."""

    backoff_limit: Annotated[int, Field(ge=0, le=100)] = 3
    """backoffLimit: how often the training is tried again after a failure that may pass, such as
    a full disk; bad data or parameters are never tried again."""

    suspend: bool = False
    """suspend: true: keep the run from starting, or stop it after a checkpoint; false: go on from
    there. A change begins no new run, and time in suspension counts for nothing."""

    ttl_seconds_after_finished: Annotated[int, Field(ge=0, le=315_360_000)] | None = None
    """ttlSecondsAfterFinished: so long after its end the run's Jobs and pods are deleted; the task
    and its model stay. Default: they stay as long as the task. A change begins no new run."""

    queue_name: LabelValueName | None = None
    """queueName: the Kueue LocalQueue that admits the training Job; default: none."""

    @property
    def wants_gpu(self) -> bool:
        """Whether the cluster is asked for a GPU when `resources` says nothing."""
        return self.device.startswith("cuda")


class TrainingTask(Contract):
    """TrainingTask fine-tunes a sentence-transformers model on triplets and publishes the result
    on the model volume."""

    model_config = {"json_schema_extra": rules(SHORT_NAME)}

    api_version: Literal["sbert-operator.dev/v1alpha1"]
    """apiVersion: sbert-operator.dev/v1alpha1."""

    kind: Literal["TrainingTask"]
    """kind: TrainingTask."""

    spec: TrainingTaskSpec
    """spec: what to train, on what, and how."""

    status: TrainingTaskStatus | None = None
    """status: how far it is and what came out; only the operator writes it."""


PRINTER_COLUMNS: tuple[dict[str, object], ...] = (
    {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
    {"name": "Progress", "type": "string", "jsonPath": ".status.progress.summary"},
    {
        "name": "Gain",
        "type": "number",
        "jsonPath": ".status.metrics.gain.tripletAccuracy.value",
    },
    {"name": "Model", "type": "string", "jsonPath": ".status.trainedModelId"},
    {"name": "Step", "type": "string", "jsonPath": ".status.run.step", "priority": 1},
    {"name": "Attempt", "type": "integer", "jsonPath": ".status.run.attempt", "priority": 1},
    {"name": "Loss", "type": "number", "jsonPath": ".status.progress.loss", "priority": 1},
    {"name": "Reason", "type": "string", "jsonPath": ".status.reason", "priority": 1},
    {"name": "Message", "type": "string", "jsonPath": ".status.message", "priority": 1},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
)
SELECTABLE_FIELDS: tuple[str, ...] = (".status.phase", ".spec.modelTag")
NAMES: dict[str, object] = {
    "kind": names.KIND,
    "listKind": f"{names.KIND}List",
    "plural": names.PLURAL,
    "singular": names.KIND.lower(),
    "shortNames": ["tt"],
    "categories": ["sbert"],
}
