// Generated from packages/proto/proto by scripts/generate.ts. Do not edit: change the .proto
// files, then run `pnpm generate`.

/** A message with any part left out, at any depth: what `create` fills up with defaults. */
export type DeepPartial<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepPartial<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
      : T;

/**
 * What every message has.
 *
 * Enums are unions of their values' names. A peer may send a number that has no name here; then the
 * property holds `#` and the number, and encoding writes it back.
 */
export interface Message {
  /** Fields that this version does not know, tag and value, as they came; written back at the end. */
  readonly $unknown?: readonly Uint8Array[] | undefined;
}

/** What to do. For REMOVE the id is enough. */
export type AssignmentChangeAssignmentAction =
  | "UPDATE"
  | "REMOVE";

/** Whether this is everything or what changed. */
export type AssignmentsMessageType =
  | "COMPLETE"
  | "INCREMENTAL";

/** How a container is kept apart; for Windows. */
export type ContainerSpecIsolation =
  | "ISOLATION_DEFAULT"
  | "ISOLATION_PROCESS"
  | "ISOLATION_HYPERV";

/** What a key is for. */
export type EncryptionKeyAlgorithm =
  | "AES_128_GCM";

/** What the service's name resolves to: one virtual address, or those of the tasks in turn. */
export type EndpointSpecResolutionMode =
  | "VIP"
  | "DNSRR";

/** How to talk to such a server. */
export type ExternalCACAProtocol =
  | "CFSSL";

/** A service's state. */
export type HealthCheckResponseServingStatus =
  | "UNKNOWN"
  | "SERVING"
  | "NOT_SERVING";

/** The numbers are the families' versions. */
export type IPAMConfigAddressFamily =
  | "UNKNOWN"
  | "IPV4"
  | "IPV6";

/** The stages of a certificate's issuing. */
export type IssuanceStatusState =
  | "UNKNOWN"
  | "RENEW"
  | "PENDING"
  | "ISSUED"
  | "FAILED"
  | "ROTATE";

/** Which of a task's outputs. */
export type LogStream =
  | "LOG_STREAM_UNKNOWN"
  | "LOG_STREAM_STDOUT"
  | "LOG_STREAM_STDERR";

/** How the data is encrypted, if at all. */
export type MaybeEncryptedRecordAlgorithm =
  | "NONE"
  | "SECRETBOX_SALSA20_POLY1305"
  | "FERNET_AES_128_CBC";

/** Whether mounts made below on one side appear on the other. */
export type MountBindOptionsPropagation =
  | "RPRIVATE"
  | "PRIVATE"
  | "RSHARED"
  | "SHARED"
  | "RSLAVE"
  | "SLAVE";

/** How far host and container may disagree for a while. Only some engines care. */
export type MountConsistency =
  | "DEFAULT"
  | "CONSISTENT"
  | "CACHED"
  | "DELEGATED";

/** Where a mount comes from. */
export type MountType =
  | "BIND"
  | "VOLUME"
  | "TMPFS"
  | "NPIPE"
  | "CLUSTER";

/** What a node's certificate lets it be. */
export type NodeRole =
  | "WORKER"
  | "MANAGER";

/** Whether a node takes tasks. */
export type NodeSpecAvailability =
  | "ACTIVE"
  | "PAUSE"
  | "DRAIN";

/** Whether a node has been let in. Join tokens let in at once, so all are ACCEPTED. */
export type NodeSpecMembership =
  | "PENDING"
  | "ACCEPTED";

/** A node's state, judged by its heartbeats. */
export type NodeStatusState =
  | "UNKNOWN"
  | "DOWN"
  | "READY"
  | "DISCONNECTED";

/** The transport protocol of a port. */
export type PortConfigProtocol =
  | "TCP"
  | "UDP"
  | "SCTP";

/**
 * Where a published port is open: on every node through the routing mesh, or only on the task's
 * own host.
 */
export type PortConfigPublishMode =
  | "INGRESS"
  | "HOST";

/** Which profile to use. */
export type PrivilegesAppArmorOptsAppArmorMode =
  | "DEFAULT"
  | "DISABLED";

/** Which profile to use. */
export type PrivilegesSeccompOptsSeccompMode =
  | "DEFAULT"
  | "UNCONFINED"
  | "CUSTOM";

/** Whether messages get through to a manager. */
export type RaftMemberStatusReachability =
  | "UNKNOWN"
  | "UNREACHABLE"
  | "REACHABLE";

/** How a change of several members at once is carried out. */
export type RaftpbConfChangeTransition =
  | "ConfChangeTransitionAuto"
  | "ConfChangeTransitionJointImplicit"
  | "ConfChangeTransitionJointExplicit";

/** What happens to a member. */
export type RaftpbConfChangeType =
  | "ConfChangeAddNode"
  | "ConfChangeRemoveNode"
  | "ConfChangeUpdateNode"
  | "ConfChangeAddLearnerNode";

/**
 * What an entry of the log is. Only EntryNormal and EntryConfChange occur between SwarmKit's
 * managers.
 */
export type RaftpbEntryType =
  | "EntryNormal"
  | "EntryConfChange"
  | "EntryConfChangeV2";

/** What a message is. Those that never leave a member are in the list as well. */
export type RaftpbMessageType =
  | "MsgHup"
  | "MsgBeat"
  | "MsgProp"
  | "MsgApp"
  | "MsgAppResp"
  | "MsgVote"
  | "MsgVoteResp"
  | "MsgSnap"
  | "MsgHeartbeat"
  | "MsgHeartbeatResp"
  | "MsgUnreachable"
  | "MsgSnapStatus"
  | "MsgCheckQuorum"
  | "MsgTransferLeader"
  | "MsgTimeoutNow"
  | "MsgReadIndex"
  | "MsgReadIndexResp"
  | "MsgPreVote"
  | "MsgPreVoteResp";

/** The kinds of objects that a task may depend on. */
export type ResourceType =
  | "TASK"
  | "SECRET"
  | "CONFIG"
  | "VOLUME";

/** After which ends a task is restarted. A policy that is there but leaves this out means NONE. */
export type RestartPolicyRestartCondition =
  | "NONE"
  | "ON_FAILURE"
  | "ANY";

/** The form of the content. A reader refuses one that it does not know. */
export type SnapshotVersion =
  | "V0";

/** What happens to an object of the store. */
export type StoreActionKind =
  | "UNKNOWN"
  | "STORE_ACTION_CREATE"
  | "STORE_ACTION_UPDATE"
  | "STORE_ACTION_REMOVE";

/**
 * How far a task has come. The numbers are ordered and leave gaps; a task never moves to a lower
 * one.
 * Up to ASSIGNED managers move it; from ACCEPTED to FAILED the agent does.
 */
export type TaskState =
  | "NEW"
  | "PENDING"
  | "ASSIGNED"
  | "ACCEPTED"
  | "PREPARING"
  | "READY"
  | "STARTING"
  | "RUNNING"
  | "COMPLETE"
  | "SHUTDOWN"
  | "FAILED"
  | "REJECTED"
  | "REMOVE"
  | "ORPHANED";

/** What to do when too many new tasks fail. */
export type UpdateConfigFailureAction =
  | "PAUSE"
  | "CONTINUE"
  | "ROLLBACK";

/** Which goes first: stopping the old task or starting the new one. */
export type UpdateConfigUpdateOrder =
  | "STOP_FIRST"
  | "START_FIRST";

/** Whether to go back to the previous spec instead of taking the one sent. */
export type UpdateServiceRequestRollback =
  | "NONE"
  | "PREVIOUS";

/** The stages of an update, then those of a rollback. */
export type UpdateStatusUpdateState =
  | "UNKNOWN"
  | "UPDATING"
  | "PAUSED"
  | "COMPLETED"
  | "ROLLBACK_STARTED"
  | "ROLLBACK_PAUSED"
  | "ROLLBACK_COMPLETED";

/** On how many nodes at once. */
export type VolumeAccessModeScope =
  | "SINGLE_NODE"
  | "MULTI_NODE";

/** By how many tasks at once. */
export type VolumeAccessModeSharing =
  | "NONE"
  | "READ_ONLY"
  | "ONE_WRITER"
  | "ALL";

/** The storage standard's own list. */
export type VolumeCapabilityAccessModeMode =
  | "UNKNOWN"
  | "SINGLE_NODE_WRITER"
  | "SINGLE_NODE_READER_ONLY"
  | "MULTI_NODE_READER_ONLY"
  | "MULTI_NODE_SINGLE_WRITER"
  | "MULTI_NODE_MULTI_WRITER";

/** First on to the node, then off it again. */
export type VolumePublishStatusState =
  | "PENDING_PUBLISH"
  | "PUBLISHED"
  | "PENDING_NODE_UNPUBLISH"
  | "PENDING_UNPUBLISH";

/** Whether tasks may get the volume. */
export type VolumeSpecVolumeAvailability =
  | "ACTIVE"
  | "PAUSE"
  | "DRAIN";

/** What happened to an object. The values are bits: a request may add several. */
export type WatchActionKind =
  | "WATCH_ACTION_UNKNOWN"
  | "WATCH_ACTION_CREATE"
  | "WATCH_ACTION_UPDATE"
  | "WATCH_ACTION_REMOVE";

/** Left from before join tokens; kept for old peers. */
export interface AcceptancePolicy extends Message {
  readonly policies: readonly AcceptancePolicyRoleAdmissionPolicy[];
}

/** Which nodes of a role may join. */
export interface AcceptancePolicyRoleAdmissionPolicy extends Message {
  readonly role: NodeRole;
  readonly autoaccept: boolean;
  readonly secret?: AcceptancePolicyRoleAdmissionPolicySecret | undefined;
}

/** A hashed secret; `alg` must be bcrypt. */
export interface AcceptancePolicyRoleAdmissionPolicySecret extends Message {
  readonly data: Uint8Array;
  readonly alg: string;
}

/** An object's name and what users attach to it. */
export interface Annotations extends Message {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Filled by extensions for lookups of their own; users leave it empty. */
  readonly indices: readonly IndexEntry[];
}

/** A message of any type: its bytes, and a URL that ends in its full name. */
export interface Any extends Message {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** Something for a node: a task, or what a task needs. */
export interface Assignment extends Message {
  /** At most one of `item` is set. */
  readonly task?: Task | undefined;
  /** At most one of `item` is set. */
  readonly secret?: Secret | undefined;
  /** At most one of `item` is set. */
  readonly config?: Config | undefined;
  /** At most one of `item` is set. */
  readonly volume?: VolumeAssignment | undefined;
}

/** One thing that the node shall have, or have no longer. */
export interface AssignmentChange extends Message {
  readonly assignment?: Assignment | undefined;
  readonly action: AssignmentChangeAssignmentAction;
}

/** A set of changes, or everything. */
export interface AssignmentsMessage extends Message {
  readonly type: AssignmentsMessageType;
  /** The `results_in` of the message before. If it is another, one was lost: start over. */
  readonly appliesTo: string;
  readonly resultsIn: string;
  readonly changes: readonly AssignmentChange[];
}

/** Names the session. */
export interface AssignmentsRequest extends Message {
  readonly sessionId: string;
}

/** Which network, and for which container. */
export interface AttachNetworkRequest extends Message {
  readonly config?: NetworkAttachmentConfig | undefined;
  readonly containerId: string;
}

/** The attachment's id, which is that of the task that stands for it. */
export interface AttachNetworkResponse extends Message {
  readonly attachmentId: string;
}

/** A certificate of a removed node, refused until it expires. */
export interface BlacklistedCertificate extends Message {
  readonly expiry?: Timestamp | undefined;
}

/** A boolean that can also be absent. */
export interface BoolValue extends Message {
  readonly value: boolean;
}

/** How the cluster issues certificates. */
export interface CAConfig extends Message {
  /** How long a node's certificate is valid; at least an hour. */
  readonly nodeCertExpiry?: Duration | undefined;
  readonly externalCas: readonly ExternalCA[];
  /** The root wished for, in PEM; differs from the present one to start a rotation. */
  readonly signingCaCert: Uint8Array;
  /** Secret: answers to users leave it out. */
  readonly signingCaKey: Uint8Array;
  /** Another number than the last one starts a rotation to a root that the managers make. */
  readonly forceRotate: number;
}

/** How large a volume must and may be. */
export interface CapacityRange extends Message {
  readonly requiredBytes: number;
  readonly limitBytes: number;
}

/** A node's certificate, its request, and how far it is. */
export interface Certificate extends Message {
  readonly role: NodeRole;
  /** The request, in PEM. */
  readonly csr: Uint8Array;
  readonly status: IssuanceStatus;
  /** PEM; with the intermediates, if there are any. */
  readonly certificate: Uint8Array;
  /** The node's id. */
  readonly cn: string;
}

/** The cluster's own object; there is one, called `default`. */
export interface Cluster extends Message {
  /** The organisation in every certificate. */
  readonly id: string;
  readonly meta: Meta;
  readonly spec: ClusterSpec;
  readonly rootCa: RootCA;
  /** Keys for the nodes' networking. Secret. */
  readonly networkBootstrapKeys: readonly EncryptionKey[];
  /**
   * The time of the newest of those keys.
   * A decimal number of 64 bits.
   */
  readonly encryptionKeyLamportClock: string;
  /** Certificates of removed nodes, by node id. */
  readonly blacklistedCertificates: Readonly<Record<string, BlacklistedCertificate>>;
  /** Keys that managers encrypt their own keys with. Secret. */
  readonly unlockKeys: readonly EncryptionKey[];
  readonly fips: boolean;
  /** Ranges to cut new networks' subnets from; set when the cluster is made. */
  readonly defaultAddressPool: readonly string[];
  /** The prefix length of such a subnet; 0: 24. */
  readonly subnetSize: number;
  /** The port for overlay traffic; 0: 4789. */
  readonly VXLANUDPPort: number;
}

/** The members of the group. */
export interface ClusterSnapshot extends Message {
  readonly members: readonly RaftMember[];
  /**
   * Ids of former members, which must not come back.
   * A decimal number of 64 bits.
   */
  readonly removed: readonly string[];
}

/** What users decide about the cluster as a whole. Its name is `default` and stays so. */
export interface ClusterSpec extends Message {
  readonly annotations: Annotations;
  /**
   * Left from before join tokens.
   * @deprecated
   */
  readonly acceptancePolicy: AcceptancePolicy;
  readonly orchestration: OrchestrationConfig;
  readonly raft: RaftConfig;
  readonly dispatcher: DispatcherConfig;
  readonly caConfig: CAConfig;
  readonly taskDefaults: TaskDefaults;
  readonly encryptionConfig: EncryptionConfig;
}

/** A config. */
export interface Config extends Message {
  readonly id: string;
  readonly meta: Meta;
  readonly spec: ConfigSpec;
}

/** A config that a container uses. Id and name are both needed. */
export interface ConfigReference extends Message {
  readonly configId: string;
  readonly configName: string;
  /** At most one of `target` is set. */
  readonly file?: FileTarget | undefined;
  /** At most one of `target` is set. */
  readonly runtime?: RuntimeTarget | undefined;
}

/** A config: data for containers that is not secret. Only its labels can be changed. */
export interface ConfigSpec extends Message {
  readonly annotations: Annotations;
  /** Below 1000 KiB. */
  readonly data: Uint8Array;
  /** A driver named `golang` expands the data as a template on the node. */
  readonly templating?: Driver | undefined;
}

/** A container. */
export interface ContainerSpec extends Message {
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Replaces the image's entry point. */
  readonly command: readonly string[];
  /** Replaces the image's arguments. */
  readonly args: readonly string[];
  /** Each of the form NAME=value. */
  readonly env: readonly string[];
  readonly dir: string;
  readonly user: string;
  readonly mounts: readonly Mount[];
  /** Between being told to stop and being killed. Absent: 10 s. */
  readonly stopGracePeriod?: Duration | undefined;
  readonly pullOptions?: ContainerSpecPullOptions | undefined;
  readonly groups: readonly string[];
  readonly secrets: readonly SecretReference[];
  readonly tty: boolean;
  readonly hostname: string;
  readonly dnsConfig?: ContainerSpecDNSConfig | undefined;
  readonly healthcheck?: HealthConfig | undefined;
  /** Lines of the hosts file: an address, then names. */
  readonly hosts: readonly string[];
  readonly openStdin: boolean;
  readonly readOnly: boolean;
  readonly stopSignal: string;
  readonly configs: readonly ConfigReference[];
  readonly privileges?: Privileges | undefined;
  /** Whether a small init runs as process 1. Absent: as the engine is set up. */
  readonly init?: BoolValue | undefined;
  readonly isolation: ContainerSpecIsolation;
  /** 0: without limit. */
  readonly pidsLimit: number;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly capabilityAdd: readonly string[];
  readonly capabilityDrop: readonly string[];
  readonly ulimits: readonly ContainerSpecUlimit[];
}

/** What goes into the container's resolver configuration. */
export interface ContainerSpecDNSConfig extends Message {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** What the engine needs in order to fetch the image. */
export interface ContainerSpecPullOptions extends Message {
  /** Credentials in the engine's own encoding. Secret. */
  readonly registryAuth: string;
}

/** A limit on a resource of the process. */
export interface ContainerSpecUlimit extends Message {
  readonly name: string;
  /** -1: without limit. */
  readonly soft: number;
  readonly hard: number;
}

/** What the engine says about a task's container. */
export interface ContainerStatus extends Message {
  readonly containerId: string;
  readonly pid: number;
  readonly exitCode: number;
}

/** Describes a config to create. */
export interface CreateConfigRequest extends Message {
  readonly spec?: ConfigSpec | undefined;
}

/** The config as stored. */
export interface CreateConfigResponse extends Message {
  readonly config?: Config | undefined;
}

/** Describes an extension to create. */
export interface CreateExtensionRequest extends Message {
  readonly annotations?: Annotations | undefined;
  readonly description: string;
}

/** The extension as stored. */
export interface CreateExtensionResponse extends Message {
  readonly extension?: Extension | undefined;
}

/** Describes a network to create. */
export interface CreateNetworkRequest extends Message {
  readonly spec?: NetworkSpec | undefined;
}

/** The network as stored. */
export interface CreateNetworkResponse extends Message {
  readonly network?: Network | undefined;
}

/** Describes a resource to create. */
export interface CreateResourceRequest extends Message {
  readonly annotations?: Annotations | undefined;
  readonly kind: string;
  readonly payload?: Any | undefined;
}

/** The resource as stored. */
export interface CreateResourceResponse extends Message {
  readonly resource?: Resource | undefined;
}

/** Describes a secret to create. */
export interface CreateSecretRequest extends Message {
  readonly spec?: SecretSpec | undefined;
}

/** The secret as stored. */
export interface CreateSecretResponse extends Message {
  readonly secret?: Secret | undefined;
}

/** Describes a service to create. */
export interface CreateServiceRequest extends Message {
  readonly spec?: ServiceSpec | undefined;
}

/** The service as stored. */
export interface CreateServiceResponse extends Message {
  readonly service?: Service | undefined;
}

/** Describes a volume to create. */
export interface CreateVolumeRequest extends Message {
  readonly spec?: VolumeSpec | undefined;
}

/** The volume as stored. */
export interface CreateVolumeResponse extends Message {
  readonly volume?: Volume | undefined;
}

/** Which attachment. */
export interface DetachNetworkRequest extends Message {
  readonly attachmentId: string;
}

/** Has no content. */
export interface DetachNetworkResponse extends Message {}

/** An amount of something without names for the single units. */
export interface DiscreteGenericResource extends Message {
  readonly kind: string;
  readonly value: number;
}

/** How agents are kept in touch. */
export interface DispatcherConfig extends Message {
  /** An agent that is silent for three of these is down. */
  readonly heartbeatPeriod?: Duration | undefined;
}

/** A plug-in by name, with options for it. */
export interface Driver extends Message {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
}

/** A signed span of time; both parts have the same sign. */
export interface Duration extends Message {
  readonly seconds: number;
  readonly nanos: number;
}

/** How managers protect what they keep on disk. */
export interface EncryptionConfig extends Message {
  /** A manager that restarts needs a key from its user before it can read its own disk. */
  readonly autoLockManagers: boolean;
}

/** A key that nodes or managers share. Secret. */
export interface EncryptionKey extends Message {
  /** Who uses the key, for example `networking:gossip` or `swarm-manager`. */
  readonly subsystem: string;
  readonly algorithm: EncryptionKeyAlgorithm;
  readonly key: Uint8Array;
  /**
   * Grows with each key, so that all nodes agree which is newest.
   * A decimal number of 64 bits.
   */
  readonly lamportTime: string;
}

/** A service's ports and addresses, as allocated. */
export interface Endpoint extends Message {
  readonly spec?: EndpointSpec | undefined;
  readonly ports: readonly PortConfig[];
  readonly virtualIps: readonly EndpointVirtualIP[];
}

/** How a service is reached. */
export interface EndpointSpec extends Message {
  readonly mode: EndpointSpecResolutionMode;
  readonly ports: readonly PortConfig[];
}

/** A service's address on one network. */
export interface EndpointVirtualIP extends Message {
  readonly networkId: string;
  /** With its prefix length. */
  readonly addr: string;
}

/** The container engine of a node, as it describes itself. */
export interface EngineDescription extends Message {
  readonly engineVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly plugins: readonly PluginDescription[];
}

/** Registers a kind of objects that only its users understand. */
export interface Extension extends Message {
  readonly id: string;
  readonly meta: Meta;
  readonly annotations: Annotations;
  readonly description: string;
}

/** A server outside the cluster that signs certificates for it. */
export interface ExternalCA extends Message {
  readonly protocol: ExternalCACAProtocol;
  readonly url: string;
  readonly options: Readonly<Record<string, string>>;
  /** The root that it signs for, in PEM. Empty: the cluster's present root. */
  readonly caCert: Uint8Array;
}

/** The file in which a container finds a secret or config. */
export interface FileTarget extends Message {
  readonly name: string;
  readonly uid: string;
  readonly gid: string;
  /** The permission bits; a plain number on the wire. */
  readonly mode: number;
}

/** Something that nodes have and tasks need, of a kind that only users know. */
export interface GenericResource extends Message {
  /** At most one of `resource` is set. */
  readonly namedResourceSpec?: NamedGenericResource | undefined;
  /** At most one of `resource` is set. */
  readonly discreteResourceSpec?: DiscreteGenericResource | undefined;
}

/** A task for an executor of another kind than containers. */
export interface GenericRuntimeSpec extends Message {
  /** The executor's name; at least three characters. */
  readonly kind: string;
  readonly payload?: Any | undefined;
}

/** Asks for the cluster object. */
export interface GetClusterRequest extends Message {
  readonly clusterId: string;
}

/** The cluster object. */
export interface GetClusterResponse extends Message {
  readonly cluster?: Cluster | undefined;
}

/** Asks for a config. */
export interface GetConfigRequest extends Message {
  readonly configId: string;
}

/** The config. */
export interface GetConfigResponse extends Message {
  readonly config?: Config | undefined;
}

/** Asks for an extension. */
export interface GetExtensionRequest extends Message {
  readonly extensionId: string;
}

/** The extension. */
export interface GetExtensionResponse extends Message {
  readonly extension?: Extension | undefined;
}

/** Asks for a network, by id or, without one, by name. */
export interface GetNetworkRequest extends Message {
  readonly name: string;
  readonly networkId: string;
}

/** The network. */
export interface GetNetworkResponse extends Message {
  readonly network?: Network | undefined;
}

/** Asks for a node. */
export interface GetNodeRequest extends Message {
  readonly nodeId: string;
}

/** The node. */
export interface GetNodeResponse extends Message {
  readonly node?: Node | undefined;
}

/** Asks for a resource. */
export interface GetResourceRequest extends Message {
  readonly resourceId: string;
}

/** The resource. */
export interface GetResourceResponse extends Message {
  readonly resource?: Resource | undefined;
}

/** Has no content. */
export interface GetRootCACertificateRequest extends Message {}

/** The root's certificates. */
export interface GetRootCACertificateResponse extends Message {
  /** PEM, byte for byte as the digest was taken. */
  readonly certificate: Uint8Array;
}

/** Asks for a secret. */
export interface GetSecretRequest extends Message {
  readonly secretId: string;
}

/** The secret. */
export interface GetSecretResponse extends Message {
  readonly secret?: Secret | undefined;
}

/** Asks for a service. */
export interface GetServiceRequest extends Message {
  readonly serviceId: string;
  /** Fill in what the spec leaves to defaults. */
  readonly insertDefaults: boolean;
}

/** The service. */
export interface GetServiceResponse extends Message {
  readonly service?: Service | undefined;
}

/** Asks for a task. */
export interface GetTaskRequest extends Message {
  readonly taskId: string;
}

/** The task. */
export interface GetTaskResponse extends Message {
  readonly task?: Task | undefined;
}

/** Has no content. */
export interface GetUnlockKeyRequest extends Message {}

/** The key, with the cluster object's version, which tells an older key from a newer. */
export interface GetUnlockKeyResponse extends Message {
  /** Secret. */
  readonly unlockKey: Uint8Array;
  readonly version: Version;
}

/** Asks for a volume. */
export interface GetVolumeRequest extends Message {
  readonly volumeId: string;
}

/** The volume. */
export interface GetVolumeResponse extends Message {
  readonly volume?: Volume | undefined;
}

/** One task on every node that will do, run to its end. */
export interface GlobalJob extends Message {}

/** One task on every node that will do. */
export interface GlobalService extends Message {}

/** Which service. */
export interface HealthCheckRequest extends Message {
  /** `Raft` or `ControlAPI`; empty: the server as such. */
  readonly service: string;
}

/** Whether it serves. */
export interface HealthCheckResponse extends Message {
  readonly status: HealthCheckResponseServingStatus;
}

/** How to tell whether a container is healthy. */
export interface HealthConfig extends Message {
  /**
   * Empty: as the image says. `NONE`: do not check. Otherwise `CMD` and a command, or `CMD-SHELL`
   * and a line.
   */
  readonly test: readonly string[];
  readonly interval?: Duration | undefined;
  readonly timeout?: Duration | undefined;
  /** So many failures in a row make it unhealthy. */
  readonly retries: number;
  /** Failures do not count while it starts. */
  readonly startPeriod?: Duration | undefined;
  /** The interval while it starts. */
  readonly startInterval?: Duration | undefined;
}

/** A sign of life. */
export interface HeartbeatRequest extends Message {
  readonly sessionId: string;
}

/** When to beat again. */
export interface HeartbeatResponse extends Message {
  /** With a little jitter; three of these in silence make the node down. */
  readonly period: Duration;
}

/** One range of addresses of a network. */
export interface IPAMConfig extends Message {
  readonly family: IPAMConfigAddressFamily;
  readonly subnet: string;
  /** The part of the subnet to take addresses from. */
  readonly range: string;
  readonly gateway: string;
  /** Addresses not to give out, and for what they are kept. */
  readonly reserved: Readonly<Record<string, string>>;
}

/** How a network's addresses are managed. */
export interface IPAMOptions extends Message {
  readonly driver?: Driver | undefined;
  readonly configs: readonly IPAMConfig[];
}

/** A container image by reference. */
export interface Image extends Message {
  readonly reference: string;
}

/** An extra key under which the store finds an object. */
export interface IndexEntry extends Message {
  readonly key: string;
  readonly val: string;
}

/** A 64-bit integer that can also be absent. */
export interface Int64Value extends Message {
  readonly value: number;
}

/** One transaction of the store, which is the content of one entry. At most 1.5 MiB. */
export interface InternalRaftRequest extends Message {
  /**
   * Lets the proposer recognise its own request.
   * A decimal number of 64 bits.
   */
  readonly id: string;
  readonly action: readonly StoreAction[];
}

/** How far the issuing of a certificate is. */
export interface IssuanceStatus extends Message {
  readonly state: IssuanceStatusState;
  readonly err: string;
}

/** A request for a certificate. */
export interface IssueNodeCertificateRequest extends Message {
  /**
   * Ignored: the token, or the node's stored role, decides.
   * @deprecated
   */
  readonly role: NodeRole;
  /** PEM. Only the public key counts. */
  readonly csr: Uint8Array;
  /** For a new node only. Secret. */
  readonly token: string;
  readonly availability: NodeSpecAvailability;
}

/** The node's id, new or known. */
export interface IssueNodeCertificateResponse extends Message {
  readonly nodeId: string;
  readonly nodeMembership: NodeSpecMembership;
}

/** Which run of a job this is. Every update of a job starts the next one. */
export interface JobStatus extends Message {
  readonly jobIteration: Version;
  readonly lastExecution?: Timestamp | undefined;
}

/** Asks to join. */
export interface JoinRequest extends Message {
  /**
   * Where the caller can be reached. Its host may be unspecified: then the leader puts in the one
   * that it sees.
   */
  readonly addr: string;
}

/** The new member's id, and who else is there. */
export interface JoinResponse extends Message {
  /** A decimal number of 64 bits. */
  readonly raftId: string;
  readonly members: readonly RaftMember[];
  /**
   * Ids of former members.
   * A decimal number of 64 bits.
   */
  readonly removedMembers: readonly string[];
}

/** What a machine must show in order to join in a role. Secret. */
export interface JoinTokens extends Message {
  readonly worker: string;
  readonly manager: string;
}

/** What to replace by something new. */
export interface KeyRotation extends Message {
  readonly workerJoinToken: boolean;
  readonly managerJoinToken: boolean;
  readonly managerUnlockKey: boolean;
}

/** Asks for a member to be taken out. */
export interface LeaveRequest extends Message {
  /** Only its Raft id counts. */
  readonly node?: RaftMember | undefined;
}

/** Has no content. */
export interface LeaveResponse extends Message {}

/** Asks for cluster objects. */
export interface ListClustersRequest extends Message {
  readonly filters?: ListClustersRequestFilters | undefined;
}

/** Which cluster objects. One of each list must match, and all lists that are not empty. */
export interface ListClustersRequestFilters extends Message {
  readonly names: readonly string[];
  readonly idPrefixes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly namePrefixes: readonly string[];
}

/** The cluster objects. */
export interface ListClustersResponse extends Message {
  readonly clusters: readonly Cluster[];
}

/** Asks for configs. */
export interface ListConfigsRequest extends Message {
  readonly filters?: ListConfigsRequestFilters | undefined;
}

/** Which configs. One of names, prefixes and ids must match, and all labels. */
export interface ListConfigsRequestFilters extends Message {
  readonly names: readonly string[];
  readonly idPrefixes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly namePrefixes: readonly string[];
}

/** The configs. */
export interface ListConfigsResponse extends Message {
  readonly configs: readonly Config[];
}

/** Asks for networks. */
export interface ListNetworksRequest extends Message {
  readonly filters?: ListNetworksRequestFilters | undefined;
}

/** Which networks. One of each list must match, and all lists that are not empty. */
export interface ListNetworksRequestFilters extends Message {
  readonly names: readonly string[];
  readonly idPrefixes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly namePrefixes: readonly string[];
}

/** The networks. */
export interface ListNetworksResponse extends Message {
  readonly networks: readonly Network[];
}

/** Asks for nodes. */
export interface ListNodesRequest extends Message {
  readonly filters?: ListNodesRequestFilters | undefined;
}

/** Which nodes. One of each list must match, and all lists that are not empty. */
export interface ListNodesRequestFilters extends Message {
  /** Host names. */
  readonly names: readonly string[];
  readonly idPrefixes: readonly string[];
  /** Labels of the engine. An empty value matches any. */
  readonly labels: Readonly<Record<string, string>>;
  readonly memberships: readonly NodeSpecMembership[];
  readonly roles: readonly NodeRole[];
  readonly namePrefixes: readonly string[];
  /** Labels of the node. An empty value matches any. */
  readonly nodeLabels: Readonly<Record<string, string>>;
}

/** The nodes. */
export interface ListNodesResponse extends Message {
  readonly nodes: readonly Node[];
}

/** Asks for resources. */
export interface ListResourcesRequest extends Message {
  readonly filters?: ListResourcesRequestFilters | undefined;
}

/** Which resources. One of names, prefixes and ids must match, and all labels. */
export interface ListResourcesRequestFilters extends Message {
  readonly names: readonly string[];
  readonly idPrefixes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly namePrefixes: readonly string[];
  readonly kind: string;
}

/** The resources. */
export interface ListResourcesResponse extends Message {
  readonly resources: readonly Resource[];
}

/** Asks for secrets. */
export interface ListSecretsRequest extends Message {
  readonly filters?: ListSecretsRequestFilters | undefined;
}

/** Which secrets. One of names, prefixes and ids must match, and all labels. */
export interface ListSecretsRequestFilters extends Message {
  readonly names: readonly string[];
  readonly idPrefixes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly namePrefixes: readonly string[];
}

/** The secrets. */
export interface ListSecretsResponse extends Message {
  readonly secrets: readonly Secret[];
}

/** Asks for counts of tasks. */
export interface ListServiceStatusesRequest extends Message {
  /** Ids; an unknown one gives zeros. */
  readonly services: readonly string[];
}

/** Counts of tasks, one for each service asked for. */
export interface ListServiceStatusesResponse extends Message {
  readonly statuses: readonly ListServiceStatusesResponseServiceStatus[];
}

/** One service's counts. Of a job, only of its present run. */
export interface ListServiceStatusesResponseServiceStatus extends Message {
  readonly serviceId: string;
  readonly desiredTasks: number;
  readonly runningTasks: number;
  readonly completedTasks: number;
}

/** Asks for services. */
export interface ListServicesRequest extends Message {
  readonly filters?: ListServicesRequestFilters | undefined;
}

/** Which services. One of each list must match, and all lists that are not empty. */
export interface ListServicesRequestFilters extends Message {
  readonly names: readonly string[];
  readonly idPrefixes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly namePrefixes: readonly string[];
  /** `container`, `attachment`, or the kind of a generic runtime. */
  readonly runtimes: readonly string[];
}

/** The services. */
export interface ListServicesResponse extends Message {
  readonly services: readonly Service[];
}

/** Asks for tasks. */
export interface ListTasksRequest extends Message {
  readonly filters?: ListTasksRequestFilters | undefined;
}

/** Which tasks. One of each list must match, and all lists that are not empty. */
export interface ListTasksRequestFilters extends Message {
  readonly names: readonly string[];
  readonly idPrefixes: readonly string[];
  /** Labels of the service. An empty value matches any. */
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceIds: readonly string[];
  readonly nodeIds: readonly string[];
  readonly desiredStates: readonly TaskState[];
  readonly namePrefixes: readonly string[];
  /** Only tasks of their service's present spec. */
  readonly upToDate: boolean;
  /** `container`, `attachment`, or the kind of a generic runtime. */
  readonly runtimes: readonly string[];
}

/** The tasks. */
export interface ListTasksResponse extends Message {
  readonly tasks: readonly Task[];
}

/** Asks for volumes. */
export interface ListVolumesRequest extends Message {
  readonly filters?: ListVolumesRequestFilters | undefined;
}

/** Which volumes. One of each list must match, and all lists that are not empty. */
export interface ListVolumesRequestFilters extends Message {
  readonly names: readonly string[];
  readonly idPrefixes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly namePrefixes: readonly string[];
  readonly groups: readonly string[];
  readonly drivers: readonly string[];
}

/** The volumes. */
export interface ListVolumesResponse extends Message {
  readonly volumes: readonly Volume[];
}

/** Has no content: the caller's certificate says which node. */
export interface ListenSubscriptionsRequest extends Message {}

/** A detail that the log driver adds. */
export interface LogAttr extends Message {
  readonly key: string;
  readonly value: string;
}

/** Where a message comes from. */
export interface LogContext extends Message {
  readonly serviceId: string;
  /** Must be the sender's own. */
  readonly nodeId: string;
  readonly taskId: string;
}

/** A piece of output. */
export interface LogMessage extends Message {
  readonly context: LogContext;
  readonly timestamp?: Timestamp | undefined;
  readonly stream: LogStream;
  readonly data: Uint8Array;
  readonly attrs: readonly LogAttr[];
}

/** Whose output: of any of these. At least one must be named. */
export interface LogSelector extends Message {
  readonly serviceIds: readonly string[];
  readonly nodeIds: readonly string[];
  readonly taskIds: readonly string[];
}

/** Which part of the output. */
export interface LogSubscriptionOptions extends Message {
  /** Empty: both. */
  readonly streams: readonly LogStream[];
  /** Go on with what is written from now on. */
  readonly follow: boolean;
  /**
   * 0: everything. -1: nothing that is there already. -1-n: the last n lines. Numbers above 0 count
   * from the start, which the Docker executor cannot do.
   */
  readonly tail: number;
  /** Nothing older than this. */
  readonly since?: Timestamp | undefined;
}

/** A node's part in the Raft group, when it is a manager. */
export interface ManagerStatus extends Message {
  /** A decimal number of 64 bits. */
  readonly raftId: string;
  readonly addr: string;
  readonly leader: boolean;
  readonly reachability: RaftMemberStatusReachability;
}

/** How log entries and snapshots lie on disk. */
export interface MaybeEncryptedRecord extends Message {
  readonly algorithm: MaybeEncryptedRecordAlgorithm;
  readonly data: Uint8Array;
  /** Empty for algorithms that carry it in the data. */
  readonly nonce: Uint8Array;
}

/** What the store says about an object. */
export interface Meta extends Message {
  readonly version: Version;
  /** By the leader's clock. */
  readonly createdAt?: Timestamp | undefined;
  /** By the leader's clock. */
  readonly updatedAt?: Timestamp | undefined;
}

/** Something to appear in a container's file system. */
export interface Mount extends Message {
  readonly type: MountType;
  /** A path on the host, the name of a volume, or `group:` and a group of volumes. */
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
  readonly bindOptions?: MountBindOptions | undefined;
  readonly volumeOptions?: MountVolumeOptions | undefined;
  readonly tmpfsOptions?: MountTmpfsOptions | undefined;
  readonly consistency: MountConsistency;
}

/** What applies to a path of the host. */
export interface MountBindOptions extends Message {
  readonly propagation: MountBindOptionsPropagation;
  /** Leave out what is mounted below the path. */
  readonly nonrecursive: boolean;
  /** Make the path when the host does not have it. */
  readonly createmountpoint: boolean;
  /** Read-only, but what is mounted below stays as it is. */
  readonly readonlynonrecursive: boolean;
  /** Read-only all the way down, or fail. */
  readonly readonlyforcerecursive: boolean;
}

/** What applies to a file system in memory. */
export interface MountTmpfsOptions extends Message {
  /** 0: without limit. */
  readonly sizeBytes: number;
  /** The permission bits; a plain number on the wire. */
  readonly mode: number;
  /** Further mount options in the words of mount(8), with commas between. */
  readonly options: string;
}

/** What applies to a volume of the engine. */
export interface MountVolumeOptions extends Message {
  /** Do not fill a new volume with what the image has at the target. */
  readonly nocopy: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly driverConfig?: Driver | undefined;
}

/** One unit of a countable thing that has a name of its own, such as one GPU by its serial number. */
export interface NamedGenericResource extends Message {
  readonly kind: string;
  readonly value: string;
}

/** A network. */
export interface Network extends Message {
  readonly id: string;
  readonly meta: Meta;
  readonly spec: NetworkSpec;
  /** The driver and options in use: for overlays with their VXLAN ids. */
  readonly driverState?: Driver | undefined;
  /** The pools in use. */
  readonly ipam?: IPAMOptions | undefined;
  /** To be deleted once its tasks are gone. */
  readonly pendingDelete: boolean;
}

/** A connection to a network, with the addresses on it. */
export interface NetworkAttachment extends Message {
  /** A copy, for agents do not read the store. */
  readonly network?: Network | undefined;
  /** With their prefix lengths. */
  readonly addresses: readonly string[];
  readonly aliases: readonly string[];
  readonly driverAttachmentOpts: Readonly<Record<string, string>>;
}

/** A wish to be connected to a network. */
export interface NetworkAttachmentConfig extends Message {
  /** The network's id or name. */
  readonly target: string;
  /** Further names under which others on the network find it. */
  readonly aliases: readonly string[];
  /** Addresses wished for; only the first is honoured. */
  readonly addresses: readonly string[];
  readonly driverAttachmentOpts: Readonly<Record<string, string>>;
}

/** Stands for a container that was started by hand, to hold its addresses on a network. */
export interface NetworkAttachmentSpec extends Message {
  readonly containerId: string;
}

/** A network of the cluster. */
export interface NetworkSpec extends Message {
  readonly annotations: Annotations;
  readonly driverConfig?: Driver | undefined;
  readonly ipv6Enabled: boolean;
  /** Without a way out. */
  readonly internal: boolean;
  readonly ipam?: IPAMOptions | undefined;
  /** Containers started by hand may use it. */
  readonly attachable: boolean;
  /** The network of the routing mesh; there is at most one. */
  readonly ingress: boolean;
  /**
   * The name of a network on each node that holds the settings.
   * At most one of `config_from` is set.
   */
  readonly network?: string | undefined;
}

/** A machine of the cluster. */
export interface Node extends Message {
  /** The common name of its certificate. */
  readonly id: string;
  readonly meta: Meta;
  readonly spec: NodeSpec;
  readonly description?: NodeDescription | undefined;
  readonly status: NodeStatus;
  /** Filled in for answers to users; not stored. */
  readonly managerStatus?: ManagerStatus | undefined;
  /**
   * Replaced by `attachments`.
   * @deprecated
   */
  readonly attachment?: NetworkAttachment | undefined;
  readonly certificate: Certificate;
  /** The role that the next certificate is issued for; follows the spec's when that is safe. */
  readonly role: NodeRole;
  /** Its own address on every network that its tasks use, for load balancing. */
  readonly attachments: readonly NetworkAttachment[];
  /** The port for overlay traffic; 0: 4789. */
  readonly VXLANUDPPort: number;
}

/** A node as one storage plug-in knows it. */
export interface NodeCSIInfo extends Message {
  readonly pluginName: string;
  /** The plug-in's own name for the node. */
  readonly nodeId: string;
  readonly maxVolumesPerNode: number;
  readonly accessibleTopology?: Topology | undefined;
}

/** Asks for one node's certificate. */
export interface NodeCertificateStatusRequest extends Message {
  readonly nodeId: string;
}

/** How far the certificate is. Take it only when its request is one's own. */
export interface NodeCertificateStatusResponse extends Message {
  readonly status?: IssuanceStatus | undefined;
  readonly certificate?: Certificate | undefined;
}

/** What a node says about itself when its agent registers. */
export interface NodeDescription extends Message {
  readonly hostname: string;
  readonly platform?: Platform | undefined;
  readonly resources?: Resources | undefined;
  readonly engine?: EngineDescription | undefined;
  readonly tlsInfo?: NodeTLSInfo | undefined;
  /** The node's programs use only approved cryptography. */
  readonly fips: boolean;
  readonly csiInfo: readonly NodeCSIInfo[];
}

/** What users decide about a node. */
export interface NodeSpec extends Message {
  readonly annotations: Annotations;
  /** The node changes once the managers have seen to it; its role is in the object. */
  readonly desiredRole: NodeRole;
  readonly membership: NodeSpecMembership;
  readonly availability: NodeSpecAvailability;
}

/** Whether a node is there. */
export interface NodeStatus extends Message {
  readonly state: NodeStatusState;
  readonly message: string;
  /** The address that the agent was seen to call from. */
  readonly addr: string;
}

/**
 * Which root a node trusts and who issued its certificate. During a rotation of the root this tells
 * when the node has followed.
 */
export interface NodeTLSInfo extends Message {
  /** PEM. */
  readonly trustRoot: Uint8Array;
  /** The issuer's name in DER, byte for byte. */
  readonly certIssuerSubject: Uint8Array;
  /** The issuer's public key information in DER, byte for byte. */
  readonly certIssuerPublicKey: Uint8Array;
}

/** An object of the store. */
export interface Object extends Message {
  /** At most one of `Object` is set. */
  readonly node?: Node | undefined;
  /** At most one of `Object` is set. */
  readonly service?: Service | undefined;
  /** At most one of `Object` is set. */
  readonly network?: Network | undefined;
  /** At most one of `Object` is set. */
  readonly task?: Task | undefined;
  /** At most one of `Object` is set. */
  readonly cluster?: Cluster | undefined;
  /** At most one of `Object` is set. */
  readonly secret?: Secret | undefined;
  /** At most one of `Object` is set. */
  readonly resource?: Resource | undefined;
  /** At most one of `Object` is set. */
  readonly extension?: Extension | undefined;
  /** At most one of `Object` is set. */
  readonly config?: Config | undefined;
  /** At most one of `Object` is set. */
  readonly volume?: Volume | undefined;
}

/** How many objects of one kind there are. */
export interface ObjectCount extends Message {
  /** As in `swarmctl`: "node", "service". */
  readonly kind: string;
  readonly count: number;
}

/** How orchestrators work for the whole cluster. */
export interface OrchestrationConfig extends Message {
  /** How many ended tasks to keep for each slot; below zero: all. */
  readonly taskHistoryRetentionLimit: number;
}

/** A manager that an agent may connect to. */
export interface Peer extends Message {
  readonly nodeId: string;
  readonly addr: string;
}

/** Where tasks may run, and where they would better run. */
export interface Placement extends Message {
  /** Expressions that a node must all satisfy, for example `node.role==worker`. */
  readonly constraints: readonly string[];
  readonly preferences: readonly PlacementPreference[];
  /** A node must match one of them; empty: any will do. */
  readonly platforms: readonly Platform[];
  /** At most so many tasks of the service on one node; 0: without limit. */
  readonly maxReplicas: number;
}

/** What to aim at when choosing among nodes that would do. */
export interface PlacementPreference extends Message {
  /** At most one of `Preference` is set. */
  readonly spread?: SpreadOver | undefined;
}

/** An operating system on an architecture. An empty part matches any. */
export interface Platform extends Message {
  readonly architecture: string;
  readonly os: string;
}

/** A plug-in of a node's engine: what it is for, and its name. */
export interface PluginDescription extends Message {
  readonly type: string;
  readonly name: string;
}

/** A port of a service that is reachable from outside. */
export interface PortConfig extends Message {
  readonly name: string;
  readonly protocol: PortConfigProtocol;
  readonly targetPort: number;
  /** 0: the allocator chooses one. */
  readonly publishedPort: number;
  readonly publishMode: PortConfigPublishMode;
}

/** Ports that the engine published for one task on its host. */
export interface PortStatus extends Message {
  readonly ports: readonly PortConfig[];
}

/** What a container may do beyond, or short of, the usual. */
export interface Privileges extends Message {
  readonly credentialSpec?: PrivilegesCredentialSpec | undefined;
  readonly selinuxContext?: PrivilegesSELinuxContext | undefined;
  readonly seccomp?: PrivilegesSeccompOpts | undefined;
  readonly apparmor?: PrivilegesAppArmorOpts | undefined;
  readonly noNewPrivileges: boolean;
}

/** Whether AppArmor confines a container. */
export interface PrivilegesAppArmorOpts extends Message {
  readonly mode: PrivilegesAppArmorOptsAppArmorMode;
}

/** Where Windows containers find their credentials. */
export interface PrivilegesCredentialSpec extends Message {
  /** At most one of `source` is set. */
  readonly file?: string | undefined;
  /** At most one of `source` is set. */
  readonly registry?: string | undefined;
  /** At most one of `source` is set. */
  readonly config?: string | undefined;
}

/** The SELinux label of a container. */
export interface PrivilegesSELinuxContext extends Message {
  readonly disable: boolean;
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly level: string;
}

/** Which system calls a container may make. */
export interface PrivilegesSeccompOpts extends Message {
  readonly mode: PrivilegesSeccompOptsSeccompMode;
  readonly profile: Uint8Array;
}

/** A message. */
export interface ProcessRaftMessageRequest extends Message {
  readonly message?: RaftpbMessage | undefined;
}

/** Has no content: answers travel as messages the other way. */
export interface ProcessRaftMessageResponse extends Message {}

/** Output for one subscription. */
export interface PublishLogsMessage extends Message {
  readonly subscriptionId: string;
  readonly messages: readonly LogMessage[];
  /** The node has no more; the other fields may be empty. */
  readonly close: boolean;
}

/** Has no content. */
export interface PublishLogsResponse extends Message {}

/** How managers keep the log. */
export interface RaftConfig extends Message {
  /** Entries between snapshots; 0: never take one. */
  readonly snapshotInterval: number;
  /** How many snapshots to keep besides the newest. */
  readonly keepOldSnapshots: number;
  /** How many entries to keep after a snapshot, so that a peer that lags needs no snapshot. */
  readonly logEntriesForSlowFollowers: number;
  /** In ticks. A running manager does not take a change up. */
  readonly heartbeatTick: number;
  /** In ticks. A running manager does not take a change up. */
  readonly electionTick: number;
}

/** Messages that were ready together. */
export interface RaftLinkRequest extends Message {
  /** Each an encoded raftpb.Message. */
  readonly messages: readonly Uint8Array[];
}

/** Has no content: answers travel as messages on a stream the other way. */
export interface RaftLinkResponse extends Message {}

/** A manager as a member of the group. */
export interface RaftMember extends Message {
  /**
   * Never 0; an id that was removed never comes back.
   * A decimal number of 64 bits.
   */
  readonly raftId: string;
  /** The manager's id as a node. */
  readonly nodeId: string;
  readonly addr: string;
  readonly status: RaftMemberStatus;
}

/** A manager as its peers see it. */
export interface RaftMemberStatus extends Message {
  readonly leader: boolean;
  readonly reachability: RaftMemberStatusReachability;
  readonly message: string;
}

/** A change of one member. */
export interface RaftpbConfChange extends Message {
  /**
   * Lets the proposer recognise its own change.
   * A decimal number of 64 bits.
   */
  readonly id: string;
  readonly type: RaftpbConfChangeType;
  /** A decimal number of 64 bits. */
  readonly nodeId: string;
  /** A docker.swarmkit.v1.RaftMember; may be empty when a member is removed. */
  readonly context: Uint8Array;
}

/** One of several changes. */
export interface RaftpbConfChangeSingle extends Message {
  readonly type: RaftpbConfChangeType;
  /** A decimal number of 64 bits. */
  readonly nodeId: string;
}

/** Changes of several members at once. */
export interface RaftpbConfChangeV2 extends Message {
  readonly transition: RaftpbConfChangeTransition;
  readonly changes: readonly RaftpbConfChangeSingle[];
  readonly context: Uint8Array;
}

/** The members of the group. */
export interface RaftpbConfState extends Message {
  /** A decimal number of 64 bits. */
  readonly voters: readonly string[];
  /** A decimal number of 64 bits. */
  readonly learners: readonly string[];
  /**
   * The voters before a change of several members that is under way.
   * A decimal number of 64 bits.
   */
  readonly votersOutgoing: readonly string[];
  /** A decimal number of 64 bits. */
  readonly learnersNext: readonly string[];
  /** Such a change ends by itself. */
  readonly autoLeave: boolean;
}

/** An entry of the log. */
export interface RaftpbEntry extends Message {
  readonly Type: RaftpbEntryType;
  readonly Term: number;
  readonly Index: number;
  /** An InternalRaftRequest or a ConfChange; empty for a new leader's first entry. */
  readonly Data: Uint8Array;
}

/** What a member must not forget. */
export interface RaftpbHardState extends Message {
  readonly term: number;
  /**
   * Whom it voted for in this term; 0: nobody.
   * A decimal number of 64 bits.
   */
  readonly vote: string;
  readonly commit: number;
}

/** What one member sends to another. */
export interface RaftpbMessage extends Message {
  readonly type: RaftpbMessageType;
  /** A decimal number of 64 bits. */
  readonly to: string;
  /** A decimal number of 64 bits. */
  readonly from: string;
  readonly term: number;
  /** The term of the entry at `index`. */
  readonly logTerm: number;
  /** The entry before `entries`. */
  readonly index: number;
  readonly entries: readonly RaftpbEntry[];
  /** Everything up to here is committed. */
  readonly commit: number;
  readonly snapshot: RaftpbSnapshot;
  readonly reject: boolean;
  /** Where to try next, after a refusal. */
  readonly rejectHint: number;
  /** Comes back in the answer; on a vote it can say that leadership was handed over. */
  readonly context: Uint8Array;
}

/** A snapshot. */
export interface RaftpbSnapshot extends Message {
  /** A docker.swarmkit.v1.Snapshot. On the way to a peer it may be one piece of several. */
  readonly data: Uint8Array;
  readonly metadata: RaftpbSnapshotMetadata;
}

/** Which part of the log a snapshot stands for, and the members at its end. */
export interface RaftpbSnapshotMetadata extends Message {
  readonly confState: RaftpbConfState;
  readonly index: number;
  readonly term: number;
}

/** Which config to delete. */
export interface RemoveConfigRequest extends Message {
  readonly configId: string;
}

/** Has no content. */
export interface RemoveConfigResponse extends Message {}

/** Which extension to delete. */
export interface RemoveExtensionRequest extends Message {
  readonly extensionId: string;
}

/** Has no content. */
export interface RemoveExtensionResponse extends Message {}

/** Which network to delete, by id or, without one, by name. */
export interface RemoveNetworkRequest extends Message {
  readonly name: string;
  readonly networkId: string;
}

/** Has no content. */
export interface RemoveNetworkResponse extends Message {}

/** Which node to delete. */
export interface RemoveNodeRequest extends Message {
  readonly nodeId: string;
  /** Also when the node is up. */
  readonly force: boolean;
}

/** Has no content. */
export interface RemoveNodeResponse extends Message {}

/** Which resource to delete. */
export interface RemoveResourceRequest extends Message {
  readonly resourceId: string;
}

/** Has no content. */
export interface RemoveResourceResponse extends Message {}

/** Which secret to delete. */
export interface RemoveSecretRequest extends Message {
  readonly secretId: string;
}

/** Has no content. */
export interface RemoveSecretResponse extends Message {}

/** Which service to delete. */
export interface RemoveServiceRequest extends Message {
  readonly serviceId: string;
}

/** Has no content. */
export interface RemoveServiceResponse extends Message {}

/** Which task to delete. */
export interface RemoveTaskRequest extends Message {
  readonly taskId: string;
}

/** Has no content. */
export interface RemoveTaskResponse extends Message {}

/** Which volume to delete. */
export interface RemoveVolumeRequest extends Message {
  readonly volumeId: string;
  /** At once; the plug-in is not asked to delete it. */
  readonly force: boolean;
}

/** Has no content. */
export interface RemoveVolumeResponse extends Message {}

/** A number of tasks that run to their end. */
export interface ReplicatedJob extends Message {
  /** How many may run at once. */
  readonly maxConcurrent: number;
  /** How many must end well. */
  readonly totalCompletions: number;
}

/** A given number of tasks, each in a slot of its own. */
export interface ReplicatedService extends Message {
  readonly replicas: number;
}

/** Asks for a member's address. */
export interface ResolveAddressRequest extends Message {
  /** A decimal number of 64 bits. */
  readonly raftId: string;
}

/** The address, as host and port. */
export interface ResolveAddressResponse extends Message {
  readonly addr: string;
}

/** An object of a kind that an extension has registered. */
export interface Resource extends Message {
  readonly id: string;
  readonly meta: Meta;
  readonly annotations: Annotations;
  /** The extension's name. */
  readonly kind: string;
  readonly payload?: Any | undefined;
}

/** An object that a task depends on. */
export interface ResourceReference extends Message {
  readonly resourceId: string;
  readonly resourceType: ResourceType;
}

/** What a task may use at most, and what a node must have free for it. */
export interface ResourceRequirements extends Message {
  readonly limits?: Resources | undefined;
  /** Counted by the scheduler; limits are not. */
  readonly reservations?: Resources | undefined;
  /** Absent: the engine's default. -1: without limit. */
  readonly swapBytes?: Int64Value | undefined;
  /** From 0 to 100. Absent: the engine's default. */
  readonly memorySwappiness?: Int64Value | undefined;
}

/** An amount of what a node has or a task takes. */
export interface Resources extends Message {
  /** Processors in billionths: 500,000,000 is half of one. */
  readonly nanoCpus: number;
  readonly memoryBytes: number;
  readonly generic: readonly GenericResource[];
}

/** Whether and when an ended task gets a successor. */
export interface RestartPolicy extends Message {
  readonly condition: RestartPolicyRestartCondition;
  /** Wait so long before the successor starts. Absent: 5 s. */
  readonly delay?: Duration | undefined;
  /** 0: without limit. */
  readonly maxAttempts: number;
  /** Count only attempts this recent. Absent or zero: count all. */
  readonly window?: Duration | undefined;
}

/** The cluster's root of trust. */
export interface RootCA extends Message {
  /** PEM; empty when an external CA signs. Secret: answers to users leave it out. */
  readonly caKey: Uint8Array;
  /** PEM, and the bytes that the digest in the join tokens is taken of. */
  readonly caCert: Uint8Array;
  /** Of the form `sha256:` and hexadecimal digits. */
  readonly caCertHash: string;
  readonly joinTokens: JoinTokens;
  /** Present while the root is being replaced. */
  readonly rootRotation?: RootRotation | undefined;
  readonly lastForcedRotation: number;
}

/** The root that shall replace the present one. */
export interface RootRotation extends Message {
  readonly caCert: Uint8Array;
  /** Empty when an external CA signs. Secret. */
  readonly caKey: Uint8Array;
  /**
   * The new root signed by the old one: goes out as an intermediate until all nodes trust the new
   * root.
   */
  readonly crossSignedCaCert: Uint8Array;
}

/** Marks a config that the engine uses itself and the container does not see. */
export interface RuntimeTarget extends Message {}

/** Has no content: there is one thing to ask for. */
export interface SaveSnapshotRequest extends Message {}

/** A secret. */
export interface Secret extends Message {
  readonly id: string;
  readonly meta: Meta;
  readonly spec: SecretSpec;
  /** Made by the managers themselves; lists leave it out. */
  readonly internal: boolean;
}

/** A secret that a container uses. Id and name are both needed. */
export interface SecretReference extends Message {
  readonly secretId: string;
  readonly secretName: string;
  /** At most one of `target` is set. */
  readonly file?: FileTarget | undefined;
}

/** A secret. Only its labels can be changed. */
export interface SecretSpec extends Message {
  readonly annotations: Annotations;
  /** Below 500 KiB; empty when a driver supplies it. Answers to users leave it out. */
  readonly data: Uint8Array;
  /** A driver named `golang` expands the data as a template on the node. */
  readonly templating?: Driver | undefined;
  /** Supplies the data for each task, when one is set. */
  readonly driver?: Driver | undefined;
}

/** A condition on an object. A kind of object that does not know the condition ignores it. */
export interface SelectBy extends Message {
  /** At most one of `By` is set. */
  readonly id?: string | undefined;
  /** At most one of `By` is set. */
  readonly idPrefix?: string | undefined;
  /** At most one of `By` is set. */
  readonly name?: string | undefined;
  /** At most one of `By` is set. */
  readonly namePrefix?: string | undefined;
  /** At most one of `By` is set. */
  readonly custom?: SelectByCustom | undefined;
  /** At most one of `By` is set. */
  readonly customPrefix?: SelectByCustom | undefined;
  /** At most one of `By` is set. */
  readonly serviceId?: string | undefined;
  /** At most one of `By` is set. */
  readonly nodeId?: string | undefined;
  /** At most one of `By` is set. */
  readonly slot?: SelectBySlot | undefined;
  /** At most one of `By` is set. */
  readonly desiredState?: TaskState | undefined;
  /** At most one of `By` is set. */
  readonly role?: NodeRole | undefined;
  /** At most one of `By` is set. */
  readonly membership?: NodeSpecMembership | undefined;
  /** At most one of `By` is set. */
  readonly referencedNetworkId?: string | undefined;
  /** At most one of `By` is set. */
  readonly referencedSecretId?: string | undefined;
  /** At most one of `By` is set. */
  readonly kind?: string | undefined;
  /** At most one of `By` is set. */
  readonly referencedConfigId?: string | undefined;
}

/** An index that an extension keeps. */
export interface SelectByCustom extends Message {
  readonly kind: string;
  readonly index: string;
  readonly value: string;
}

/** A slot of a service. */
export interface SelectBySlot extends Message {
  readonly serviceId: string;
  readonly slot: number;
}

/** A service. */
export interface Service extends Message {
  readonly id: string;
  readonly meta: Meta;
  readonly spec: ServiceSpec;
  /** What the allocator gave it: ports and virtual addresses. */
  readonly endpoint?: Endpoint | undefined;
  readonly updateStatus?: UpdateStatus | undefined;
  /** What a rollback goes back to. */
  readonly previousSpec?: ServiceSpec | undefined;
  /** To be deleted once its tasks are gone. */
  readonly pendingDelete: boolean;
  /** The version that brought the present spec; tasks are compared by it. */
  readonly specVersion?: Version | undefined;
  readonly previousSpecVersion?: Version | undefined;
  /** Present on jobs only. */
  readonly jobStatus?: JobStatus | undefined;
}

/** What a service runs, and how many of it. */
export interface ServiceSpec extends Message {
  readonly annotations: Annotations;
  readonly task: TaskSpec;
  /** At most one of `mode` is set. */
  readonly replicated?: ReplicatedService | undefined;
  /** At most one of `mode` is set. */
  readonly global?: GlobalService | undefined;
  /** Absent: the defaults. Not for jobs. */
  readonly update?: UpdateConfig | undefined;
  /**
   * Replaced by those of the task; kept for old clients.
   * @deprecated
   */
  readonly networks: readonly NetworkAttachmentConfig[];
  readonly endpoint?: EndpointSpec | undefined;
  /** How to go back to the previous spec. */
  readonly rollback?: UpdateConfig | undefined;
  /** At most one of `mode` is set. */
  readonly replicatedJob?: ReplicatedJob | undefined;
  /** At most one of `mode` is set. */
  readonly globalJob?: GlobalJob | undefined;
}

/** What a node should know about the cluster. Every message has all parts. */
export interface SessionMessage extends Message {
  readonly sessionId: string;
  /** Its own object; tells an agent that its role or certificate shall change. */
  readonly node?: Node | undefined;
  /** Whom to connect to; those not listed are to be forgotten. */
  readonly managers: readonly WeightedPeer[];
  /** Secret. */
  readonly networkBootstrapKeys: readonly EncryptionKey[];
  /** The certificates to trust, in PEM. */
  readonly RootCA: Uint8Array;
}

/** Opens a session, or continues one. */
export interface SessionRequest extends Message {
  readonly description?: NodeDescription | undefined;
  /** The former session's, when there was one. */
  readonly sessionId: string;
}

/** What a snapshot holds. */
export interface Snapshot extends Message {
  readonly version: SnapshotVersion;
  readonly membership: ClusterSnapshot;
  readonly store: StoreSnapshot;
}

/** One step of a backup's stream. */
export interface SnapshotChunk extends Message {
  /** At most one of `part` is set. */
  readonly info?: SnapshotInfo | undefined;
  /**
   * At most 1 MiB.
   * At most one of `part` is set.
   */
  readonly data?: Uint8Array | undefined;
  /** At most one of `part` is set. */
  readonly end?: SnapshotEnd | undefined;
}

/** What the file must be. */
export interface SnapshotEnd extends Message {
  readonly bytes: number;
  /** Of all data. */
  readonly sha256: Uint8Array;
}

/** What the file holds. */
export interface SnapshotInfo extends Message {
  readonly clusterId: string;
  /** The last entry of the log that is in it. */
  readonly index: number;
  readonly createdAt?: Timestamp | undefined;
  /** Whether it can be restored with the unlock key only. */
  readonly locked: boolean;
  readonly counts: readonly ObjectCount[];
}

/** Spread tasks evenly over the values of a label. */
export interface SpreadOver extends Message {
  /** For example `node.labels.zone`. */
  readonly spreadDescriptor: string;
}

/** One change to the store. The object is complete; for a removal its id is enough. */
export interface StoreAction extends Message {
  readonly action: StoreActionKind;
  /** At most one of `target` is set. */
  readonly node?: Node | undefined;
  /** At most one of `target` is set. */
  readonly service?: Service | undefined;
  /** At most one of `target` is set. */
  readonly task?: Task | undefined;
  /** At most one of `target` is set. */
  readonly network?: Network | undefined;
  /** At most one of `target` is set. */
  readonly cluster?: Cluster | undefined;
  /** At most one of `target` is set. */
  readonly secret?: Secret | undefined;
  /** At most one of `target` is set. */
  readonly resource?: Resource | undefined;
  /** At most one of `target` is set. */
  readonly extension?: Extension | undefined;
  /** At most one of `target` is set. */
  readonly config?: Config | undefined;
  /** At most one of `target` is set. */
  readonly volume?: Volume | undefined;
}

/** All objects of the store. */
export interface StoreSnapshot extends Message {
  readonly nodes: readonly Node[];
  readonly services: readonly Service[];
  readonly networks: readonly Network[];
  readonly tasks: readonly Task[];
  readonly clusters: readonly Cluster[];
  readonly secrets: readonly Secret[];
  readonly resources: readonly Resource[];
  readonly extensions: readonly Extension[];
  readonly configs: readonly Config[];
  readonly volumes: readonly Volume[];
}

/** A message, or a piece of one. */
export interface StreamRaftMessageRequest extends Message {
  readonly message?: RaftpbMessage | undefined;
}

/** Has no content. */
export interface StreamRaftMessageResponse extends Message {}

/** Output. */
export interface SubscribeLogsMessage extends Message {
  readonly messages: readonly LogMessage[];
}

/** What output is wanted. */
export interface SubscribeLogsRequest extends Message {
  readonly selector?: LogSelector | undefined;
  readonly options?: LogSubscriptionOptions | undefined;
}

/** Output that somebody wants from the node. */
export interface SubscriptionMessage extends Message {
  readonly id: string;
  readonly selector?: LogSelector | undefined;
  readonly options?: LogSubscriptionOptions | undefined;
  /** Nobody wants it any more. */
  readonly close: boolean;
}

/**
 * One run of a service in one slot or on one node. A task is never started again: it gets a
 * successor.
 */
export interface Task extends Message {
  readonly id: string;
  readonly meta: Meta;
  /** Copied from the service when the task is made. */
  readonly spec: TaskSpec;
  readonly serviceId: string;
  /** Counts from 1 for replicated services, from 0 for replicated jobs; 0 for global ones. */
  readonly slot: number;
  /** Empty until the scheduler has chosen, except for global services. */
  readonly nodeId: string;
  /** The task's own; usually empty. */
  readonly annotations: Annotations;
  /** The service's when the task was made. */
  readonly serviceAnnotations: Annotations;
  readonly status: TaskStatus;
  /** Where managers want it to be; only ever moves to higher states. */
  readonly desiredState: TaskState;
  readonly networks: readonly NetworkAttachment[];
  readonly endpoint?: Endpoint | undefined;
  /** The spec's, or the cluster's default when the task was made. */
  readonly logDriver?: Driver | undefined;
  /** The service's spec version that the task was made from. Absent: compare the specs. */
  readonly specVersion?: Version | undefined;
  readonly assignedGenericResources: readonly GenericResource[];
  /** Which run of a job it belongs to. */
  readonly jobIteration?: Version | undefined;
  /** The volumes chosen for its mounts. */
  readonly volumes: readonly VolumeAttachment[];
}

/** What tasks get that do not say otherwise. */
export interface TaskDefaults extends Message {
  readonly logDriver?: Driver | undefined;
}

/** What a task runs, with what, and where. */
export interface TaskSpec extends Message {
  /** At most one of `runtime` is set. */
  readonly container?: ContainerSpec | undefined;
  readonly resources?: ResourceRequirements | undefined;
  /** Absent: restart always, after 5 s. */
  readonly restart?: RestartPolicy | undefined;
  readonly placement?: Placement | undefined;
  /** Absent: the cluster's default. */
  readonly logDriver?: Driver | undefined;
  readonly networks: readonly NetworkAttachmentConfig[];
  /** At most one of `runtime` is set. */
  readonly attachment?: NetworkAttachmentSpec | undefined;
  /** Another number than before replaces all tasks although nothing else changed. */
  readonly forceUpdate: number;
  /** At most one of `runtime` is set. */
  readonly generic?: GenericRuntimeSpec | undefined;
  /** What the task needs to get besides what its container names. */
  readonly resourceReferences: readonly ResourceReference[];
}

/** What was last observed of a task. */
export interface TaskStatus extends Message {
  /** By the clock of whoever observed it. */
  readonly timestamp?: Timestamp | undefined;
  readonly state: TaskState;
  readonly message: string;
  /** Why it failed, when it did. */
  readonly err: string;
  /** At most one of `runtime_status` is set. */
  readonly container?: ContainerStatus | undefined;
  readonly portStatus?: PortStatus | undefined;
  /** The leader that stored this status. */
  readonly appliedBy: string;
  /** By that leader's clock; comparable between tasks, as `timestamp` is not. */
  readonly appliedAt?: Timestamp | undefined;
}

/** All tasks of the node. */
export interface TasksMessage extends Message {
  readonly tasks: readonly Task[];
}

/** Names the session. */
export interface TasksRequest extends Message {
  readonly sessionId: string;
}

/** A moment in UTC: seconds since 1970, and nanoseconds from 0 to 999,999,999. */
export interface Timestamp extends Message {
  readonly seconds: number;
  readonly nanos: number;
}

/** A place, in the words of a storage plug-in: for example a zone and a rack. */
export interface Topology extends Message {
  readonly segments: Readonly<Record<string, string>>;
}

/** Where a volume must, or should rather, be reachable. */
export interface TopologyRequirement extends Message {
  readonly requisite: readonly Topology[];
  readonly preferred: readonly Topology[];
}

/** A change of the cluster object. */
export interface UpdateClusterRequest extends Message {
  readonly clusterId: string;
  /** The version that the change was made from; any other is refused. */
  readonly clusterVersion?: Version | undefined;
  readonly spec?: ClusterSpec | undefined;
  readonly rotation: KeyRotation;
}

/** The cluster object as stored. */
export interface UpdateClusterResponse extends Message {
  readonly cluster?: Cluster | undefined;
}

/** How a service moves from one spec to the next. */
export interface UpdateConfig extends Message {
  /** How many slots at a time; 0: all. */
  readonly parallelism: number;
  /** The pause between one batch and the next. */
  readonly delay: Duration;
  readonly failureAction: UpdateConfigFailureAction;
  /** A task that fails within this time after it started counts as failed. Absent: 5 s. */
  readonly monitor?: Duration | undefined;
  /** From 0 to 1; beyond this share of failed tasks the failure action is taken. */
  readonly maxFailureRatio: number;
  readonly order: UpdateConfigUpdateOrder;
}

/** A change of a config. */
export interface UpdateConfigRequest extends Message {
  readonly configId: string;
  /** The version that the change was made from; any other is refused. */
  readonly configVersion?: Version | undefined;
  readonly spec?: ConfigSpec | undefined;
}

/** The config as stored. */
export interface UpdateConfigResponse extends Message {
  readonly config?: Config | undefined;
}

/** A change of a node. */
export interface UpdateNodeRequest extends Message {
  readonly nodeId: string;
  /** The version that the change was made from; any other is refused. */
  readonly nodeVersion?: Version | undefined;
  readonly spec?: NodeSpec | undefined;
}

/** The node as stored. */
export interface UpdateNodeResponse extends Message {
  readonly node?: Node | undefined;
}

/** A change of a resource. */
export interface UpdateResourceRequest extends Message {
  readonly resourceId: string;
  /** The version that the change was made from; any other is refused. */
  readonly resourceVersion?: Version | undefined;
  readonly annotations?: Annotations | undefined;
  readonly payload?: Any | undefined;
}

/** The resource as stored. */
export interface UpdateResourceResponse extends Message {
  readonly resource?: Resource | undefined;
}

/** A change of a secret. */
export interface UpdateSecretRequest extends Message {
  readonly secretId: string;
  /** The version that the change was made from; any other is refused. */
  readonly secretVersion?: Version | undefined;
  readonly spec?: SecretSpec | undefined;
}

/** The secret as stored. */
export interface UpdateSecretResponse extends Message {
  readonly secret?: Secret | undefined;
}

/** A change of a service. */
export interface UpdateServiceRequest extends Message {
  readonly serviceId: string;
  /** The version that the change was made from; any other is refused. */
  readonly serviceVersion?: Version | undefined;
  /** Checked also when a rollback is asked for. */
  readonly spec?: ServiceSpec | undefined;
  readonly rollback: UpdateServiceRequestRollback;
}

/** The service as stored. */
export interface UpdateServiceResponse extends Message {
  readonly service?: Service | undefined;
}

/** How far a service's update or rollback is. */
export interface UpdateStatus extends Message {
  readonly state: UpdateStatusUpdateState;
  readonly startedAt?: Timestamp | undefined;
  readonly completedAt?: Timestamp | undefined;
  readonly message: string;
}

/** Tasks' states. */
export interface UpdateTaskStatusRequest extends Message {
  readonly sessionId: string;
  readonly updates: readonly UpdateTaskStatusRequestTaskStatusUpdate[];
}

/** One task's state. */
export interface UpdateTaskStatusRequestTaskStatusUpdate extends Message {
  readonly taskId: string;
  readonly status?: TaskStatus | undefined;
}

/** Comes before the states are stored. */
export interface UpdateTaskStatusResponse extends Message {}

/** A change of a volume. */
export interface UpdateVolumeRequest extends Message {
  readonly volumeId: string;
  /** The version that the change was made from; any other is refused. */
  readonly volumeVersion?: Version | undefined;
  readonly spec?: VolumeSpec | undefined;
}

/** The volume as stored. */
export interface UpdateVolumeResponse extends Message {
  readonly volume?: Volume | undefined;
}

/** Volumes' states on the node. */
export interface UpdateVolumeStatusRequest extends Message {
  readonly sessionId: string;
  readonly updates: readonly UpdateVolumeStatusRequestVolumeStatusUpdate[];
}

/** One volume's state. */
export interface UpdateVolumeStatusRequestVolumeStatusUpdate extends Message {
  readonly id: string;
  /** The node does not use it any more. */
  readonly unpublished: boolean;
}

/** Comes before the states are stored. */
export interface UpdateVolumeStatusResponse extends Message {}

/** Which state of an object this is. An update must name the one that it changes. */
export interface Version extends Message {
  /** The Raft index at which the transaction began; all objects of one transaction share it. */
  readonly index: number;
}

/** A volume of the cluster. */
export interface Volume extends Message {
  readonly id: string;
  readonly meta: Meta;
  readonly spec: VolumeSpec;
  /** One for each node that has it, gets it or gives it back. */
  readonly publishStatus: readonly VolumePublishStatus[];
  /** Absent until the plug-in has made it. */
  readonly volumeInfo?: VolumeInfo | undefined;
  /** To be deleted once the plug-in has deleted it. */
  readonly pendingDelete: boolean;
}

/** How a volume of the cluster may be used. */
export interface VolumeAccessMode extends Message {
  readonly scope: VolumeAccessModeScope;
  readonly sharing: VolumeAccessModeSharing;
  /** At most one of `access_type` is set. */
  readonly block?: VolumeAccessModeBlockVolume | undefined;
  /** At most one of `access_type` is set. */
  readonly mount?: VolumeAccessModeMountVolume | undefined;
}

/** Used as a block device. */
export interface VolumeAccessModeBlockVolume extends Message {}

/** Used as a file system. */
export interface VolumeAccessModeMountVolume extends Message {
  readonly fsType: string;
  readonly mountFlags: readonly string[];
}

/** A volume on its way to an agent, with all that its storage plug-in needs there. */
export interface VolumeAssignment extends Message {
  readonly id: string;
  readonly volumeId: string;
  readonly driver?: Driver | undefined;
  readonly volumeContext: Readonly<Record<string, string>>;
  readonly publishContext: Readonly<Record<string, string>>;
  readonly accessMode?: VolumeAccessMode | undefined;
  readonly secrets: readonly VolumeSecret[];
}

/** Which volume the scheduler chose for one mount of a task. */
export interface VolumeAttachment extends Message {
  readonly id: string;
  readonly source: string;
  readonly target: string;
}

/** What a volume can be used as; the storage standard's own form. */
export interface VolumeCapability extends Message {
  /** At most one of `access_type` is set. */
  readonly block?: VolumeCapabilityBlockVolume | undefined;
  /** At most one of `access_type` is set. */
  readonly mount?: VolumeCapabilityMountVolume | undefined;
  readonly accessMode?: VolumeCapabilityAccessMode | undefined;
}

/** Who may read and write at once. */
export interface VolumeCapabilityAccessMode extends Message {
  readonly mode: VolumeCapabilityAccessModeMode;
}

/** Used as a block device. */
export interface VolumeCapabilityBlockVolume extends Message {}

/** Used as a file system. */
export interface VolumeCapabilityMountVolume extends Message {
  readonly fsType: string;
  readonly mountFlags: readonly string[];
}

/** A volume as its storage plug-in knows it, once it exists. */
export interface VolumeInfo extends Message {
  readonly capacityBytes: number;
  readonly volumeContext: Readonly<Record<string, string>>;
  /** The plug-in's own name for the volume; empty until it exists. */
  readonly volumeId: string;
  readonly accessibleTopology: readonly Topology[];
}

/** How far a volume is on its way to, or from, one node. */
export interface VolumePublishStatus extends Message {
  readonly nodeId: string;
  readonly state: VolumePublishStatusState;
  /** What the controller says the node needs; for the plug-in only. */
  readonly publishContext: Readonly<Record<string, string>>;
  readonly message: string;
}

/** A secret that a storage plug-in needs, under the name it expects. */
export interface VolumeSecret extends Message {
  readonly key: string;
  /** The id or name of a secret of the cluster. */
  readonly secret: string;
}

/** A volume of the cluster, which a storage plug-in provides. */
export interface VolumeSpec extends Message {
  readonly annotations: Annotations;
  /** A mount may name the group instead of a volume. */
  readonly group: string;
  readonly driver?: Driver | undefined;
  readonly accessMode?: VolumeAccessMode | undefined;
  readonly secrets: readonly VolumeSecret[];
  readonly AccessibilityRequirements?: TopologyRequirement | undefined;
  readonly capacityRange?: CapacityRange | undefined;
  readonly availability: VolumeSpecVolumeAvailability;
}

/** The changes of one transaction. */
export interface WatchMessage extends Message {
  readonly events: readonly WatchMessageEvent[];
  /** Where to resume; absent when it is not known. */
  readonly version?: Version | undefined;
}

/** One change. */
export interface WatchMessageEvent extends Message {
  readonly action: WatchActionKind;
  readonly object?: Object | undefined;
  /** Only for updates, when asked for and not replayed from the log. */
  readonly oldObject?: Object | undefined;
}

/** What to tell about, and from when. */
export interface WatchRequest extends Message {
  readonly entries: readonly WatchRequestWatchEntry[];
  /** Begin after this version rather than now; refused when the log does not reach back so far. */
  readonly resumeFrom?: Version | undefined;
  /** Add to each update what the object was before. */
  readonly includeOldObject: boolean;
}

/** A kind of object with conditions that must all hold. Of several entries one must match. */
export interface WatchRequestWatchEntry extends Message {
  /**
   * In lower case: `node`, `service`, `task` and so on; any other word means resources of that
   * kind.
   */
  readonly kind: string;
  /** A set of actions, as the sum of their bits. */
  readonly action: number;
  readonly filters: readonly SelectBy[];
}

/** A manager, with how often to choose it among others. */
export interface WeightedPeer extends Message {
  readonly peer?: Peer | undefined;
  readonly weight: number;
}

/** Every message by its name. */
export interface MessageTypes {
  readonly AcceptancePolicy: AcceptancePolicy;
  readonly AcceptancePolicyRoleAdmissionPolicy: AcceptancePolicyRoleAdmissionPolicy;
  readonly AcceptancePolicyRoleAdmissionPolicySecret: AcceptancePolicyRoleAdmissionPolicySecret;
  readonly Annotations: Annotations;
  readonly Any: Any;
  readonly Assignment: Assignment;
  readonly AssignmentChange: AssignmentChange;
  readonly AssignmentsMessage: AssignmentsMessage;
  readonly AssignmentsRequest: AssignmentsRequest;
  readonly AttachNetworkRequest: AttachNetworkRequest;
  readonly AttachNetworkResponse: AttachNetworkResponse;
  readonly BlacklistedCertificate: BlacklistedCertificate;
  readonly BoolValue: BoolValue;
  readonly CAConfig: CAConfig;
  readonly CapacityRange: CapacityRange;
  readonly Certificate: Certificate;
  readonly Cluster: Cluster;
  readonly ClusterSnapshot: ClusterSnapshot;
  readonly ClusterSpec: ClusterSpec;
  readonly Config: Config;
  readonly ConfigReference: ConfigReference;
  readonly ConfigSpec: ConfigSpec;
  readonly ContainerSpec: ContainerSpec;
  readonly ContainerSpecDNSConfig: ContainerSpecDNSConfig;
  readonly ContainerSpecPullOptions: ContainerSpecPullOptions;
  readonly ContainerSpecUlimit: ContainerSpecUlimit;
  readonly ContainerStatus: ContainerStatus;
  readonly CreateConfigRequest: CreateConfigRequest;
  readonly CreateConfigResponse: CreateConfigResponse;
  readonly CreateExtensionRequest: CreateExtensionRequest;
  readonly CreateExtensionResponse: CreateExtensionResponse;
  readonly CreateNetworkRequest: CreateNetworkRequest;
  readonly CreateNetworkResponse: CreateNetworkResponse;
  readonly CreateResourceRequest: CreateResourceRequest;
  readonly CreateResourceResponse: CreateResourceResponse;
  readonly CreateSecretRequest: CreateSecretRequest;
  readonly CreateSecretResponse: CreateSecretResponse;
  readonly CreateServiceRequest: CreateServiceRequest;
  readonly CreateServiceResponse: CreateServiceResponse;
  readonly CreateVolumeRequest: CreateVolumeRequest;
  readonly CreateVolumeResponse: CreateVolumeResponse;
  readonly DetachNetworkRequest: DetachNetworkRequest;
  readonly DetachNetworkResponse: DetachNetworkResponse;
  readonly DiscreteGenericResource: DiscreteGenericResource;
  readonly DispatcherConfig: DispatcherConfig;
  readonly Driver: Driver;
  readonly Duration: Duration;
  readonly EncryptionConfig: EncryptionConfig;
  readonly EncryptionKey: EncryptionKey;
  readonly Endpoint: Endpoint;
  readonly EndpointSpec: EndpointSpec;
  readonly EndpointVirtualIP: EndpointVirtualIP;
  readonly EngineDescription: EngineDescription;
  readonly Extension: Extension;
  readonly ExternalCA: ExternalCA;
  readonly FileTarget: FileTarget;
  readonly GenericResource: GenericResource;
  readonly GenericRuntimeSpec: GenericRuntimeSpec;
  readonly GetClusterRequest: GetClusterRequest;
  readonly GetClusterResponse: GetClusterResponse;
  readonly GetConfigRequest: GetConfigRequest;
  readonly GetConfigResponse: GetConfigResponse;
  readonly GetExtensionRequest: GetExtensionRequest;
  readonly GetExtensionResponse: GetExtensionResponse;
  readonly GetNetworkRequest: GetNetworkRequest;
  readonly GetNetworkResponse: GetNetworkResponse;
  readonly GetNodeRequest: GetNodeRequest;
  readonly GetNodeResponse: GetNodeResponse;
  readonly GetResourceRequest: GetResourceRequest;
  readonly GetResourceResponse: GetResourceResponse;
  readonly GetRootCACertificateRequest: GetRootCACertificateRequest;
  readonly GetRootCACertificateResponse: GetRootCACertificateResponse;
  readonly GetSecretRequest: GetSecretRequest;
  readonly GetSecretResponse: GetSecretResponse;
  readonly GetServiceRequest: GetServiceRequest;
  readonly GetServiceResponse: GetServiceResponse;
  readonly GetTaskRequest: GetTaskRequest;
  readonly GetTaskResponse: GetTaskResponse;
  readonly GetUnlockKeyRequest: GetUnlockKeyRequest;
  readonly GetUnlockKeyResponse: GetUnlockKeyResponse;
  readonly GetVolumeRequest: GetVolumeRequest;
  readonly GetVolumeResponse: GetVolumeResponse;
  readonly GlobalJob: GlobalJob;
  readonly GlobalService: GlobalService;
  readonly HealthCheckRequest: HealthCheckRequest;
  readonly HealthCheckResponse: HealthCheckResponse;
  readonly HealthConfig: HealthConfig;
  readonly HeartbeatRequest: HeartbeatRequest;
  readonly HeartbeatResponse: HeartbeatResponse;
  readonly IPAMConfig: IPAMConfig;
  readonly IPAMOptions: IPAMOptions;
  readonly Image: Image;
  readonly IndexEntry: IndexEntry;
  readonly Int64Value: Int64Value;
  readonly InternalRaftRequest: InternalRaftRequest;
  readonly IssuanceStatus: IssuanceStatus;
  readonly IssueNodeCertificateRequest: IssueNodeCertificateRequest;
  readonly IssueNodeCertificateResponse: IssueNodeCertificateResponse;
  readonly JobStatus: JobStatus;
  readonly JoinRequest: JoinRequest;
  readonly JoinResponse: JoinResponse;
  readonly JoinTokens: JoinTokens;
  readonly KeyRotation: KeyRotation;
  readonly LeaveRequest: LeaveRequest;
  readonly LeaveResponse: LeaveResponse;
  readonly ListClustersRequest: ListClustersRequest;
  readonly ListClustersRequestFilters: ListClustersRequestFilters;
  readonly ListClustersResponse: ListClustersResponse;
  readonly ListConfigsRequest: ListConfigsRequest;
  readonly ListConfigsRequestFilters: ListConfigsRequestFilters;
  readonly ListConfigsResponse: ListConfigsResponse;
  readonly ListNetworksRequest: ListNetworksRequest;
  readonly ListNetworksRequestFilters: ListNetworksRequestFilters;
  readonly ListNetworksResponse: ListNetworksResponse;
  readonly ListNodesRequest: ListNodesRequest;
  readonly ListNodesRequestFilters: ListNodesRequestFilters;
  readonly ListNodesResponse: ListNodesResponse;
  readonly ListResourcesRequest: ListResourcesRequest;
  readonly ListResourcesRequestFilters: ListResourcesRequestFilters;
  readonly ListResourcesResponse: ListResourcesResponse;
  readonly ListSecretsRequest: ListSecretsRequest;
  readonly ListSecretsRequestFilters: ListSecretsRequestFilters;
  readonly ListSecretsResponse: ListSecretsResponse;
  readonly ListServiceStatusesRequest: ListServiceStatusesRequest;
  readonly ListServiceStatusesResponse: ListServiceStatusesResponse;
  readonly ListServiceStatusesResponseServiceStatus: ListServiceStatusesResponseServiceStatus;
  readonly ListServicesRequest: ListServicesRequest;
  readonly ListServicesRequestFilters: ListServicesRequestFilters;
  readonly ListServicesResponse: ListServicesResponse;
  readonly ListTasksRequest: ListTasksRequest;
  readonly ListTasksRequestFilters: ListTasksRequestFilters;
  readonly ListTasksResponse: ListTasksResponse;
  readonly ListVolumesRequest: ListVolumesRequest;
  readonly ListVolumesRequestFilters: ListVolumesRequestFilters;
  readonly ListVolumesResponse: ListVolumesResponse;
  readonly ListenSubscriptionsRequest: ListenSubscriptionsRequest;
  readonly LogAttr: LogAttr;
  readonly LogContext: LogContext;
  readonly LogMessage: LogMessage;
  readonly LogSelector: LogSelector;
  readonly LogSubscriptionOptions: LogSubscriptionOptions;
  readonly ManagerStatus: ManagerStatus;
  readonly MaybeEncryptedRecord: MaybeEncryptedRecord;
  readonly Meta: Meta;
  readonly Mount: Mount;
  readonly MountBindOptions: MountBindOptions;
  readonly MountTmpfsOptions: MountTmpfsOptions;
  readonly MountVolumeOptions: MountVolumeOptions;
  readonly NamedGenericResource: NamedGenericResource;
  readonly Network: Network;
  readonly NetworkAttachment: NetworkAttachment;
  readonly NetworkAttachmentConfig: NetworkAttachmentConfig;
  readonly NetworkAttachmentSpec: NetworkAttachmentSpec;
  readonly NetworkSpec: NetworkSpec;
  readonly Node: Node;
  readonly NodeCSIInfo: NodeCSIInfo;
  readonly NodeCertificateStatusRequest: NodeCertificateStatusRequest;
  readonly NodeCertificateStatusResponse: NodeCertificateStatusResponse;
  readonly NodeDescription: NodeDescription;
  readonly NodeSpec: NodeSpec;
  readonly NodeStatus: NodeStatus;
  readonly NodeTLSInfo: NodeTLSInfo;
  readonly Object: Object;
  readonly ObjectCount: ObjectCount;
  readonly OrchestrationConfig: OrchestrationConfig;
  readonly Peer: Peer;
  readonly Placement: Placement;
  readonly PlacementPreference: PlacementPreference;
  readonly Platform: Platform;
  readonly PluginDescription: PluginDescription;
  readonly PortConfig: PortConfig;
  readonly PortStatus: PortStatus;
  readonly Privileges: Privileges;
  readonly PrivilegesAppArmorOpts: PrivilegesAppArmorOpts;
  readonly PrivilegesCredentialSpec: PrivilegesCredentialSpec;
  readonly PrivilegesSELinuxContext: PrivilegesSELinuxContext;
  readonly PrivilegesSeccompOpts: PrivilegesSeccompOpts;
  readonly ProcessRaftMessageRequest: ProcessRaftMessageRequest;
  readonly ProcessRaftMessageResponse: ProcessRaftMessageResponse;
  readonly PublishLogsMessage: PublishLogsMessage;
  readonly PublishLogsResponse: PublishLogsResponse;
  readonly RaftConfig: RaftConfig;
  readonly RaftLinkRequest: RaftLinkRequest;
  readonly RaftLinkResponse: RaftLinkResponse;
  readonly RaftMember: RaftMember;
  readonly RaftMemberStatus: RaftMemberStatus;
  readonly RaftpbConfChange: RaftpbConfChange;
  readonly RaftpbConfChangeSingle: RaftpbConfChangeSingle;
  readonly RaftpbConfChangeV2: RaftpbConfChangeV2;
  readonly RaftpbConfState: RaftpbConfState;
  readonly RaftpbEntry: RaftpbEntry;
  readonly RaftpbHardState: RaftpbHardState;
  readonly RaftpbMessage: RaftpbMessage;
  readonly RaftpbSnapshot: RaftpbSnapshot;
  readonly RaftpbSnapshotMetadata: RaftpbSnapshotMetadata;
  readonly RemoveConfigRequest: RemoveConfigRequest;
  readonly RemoveConfigResponse: RemoveConfigResponse;
  readonly RemoveExtensionRequest: RemoveExtensionRequest;
  readonly RemoveExtensionResponse: RemoveExtensionResponse;
  readonly RemoveNetworkRequest: RemoveNetworkRequest;
  readonly RemoveNetworkResponse: RemoveNetworkResponse;
  readonly RemoveNodeRequest: RemoveNodeRequest;
  readonly RemoveNodeResponse: RemoveNodeResponse;
  readonly RemoveResourceRequest: RemoveResourceRequest;
  readonly RemoveResourceResponse: RemoveResourceResponse;
  readonly RemoveSecretRequest: RemoveSecretRequest;
  readonly RemoveSecretResponse: RemoveSecretResponse;
  readonly RemoveServiceRequest: RemoveServiceRequest;
  readonly RemoveServiceResponse: RemoveServiceResponse;
  readonly RemoveTaskRequest: RemoveTaskRequest;
  readonly RemoveTaskResponse: RemoveTaskResponse;
  readonly RemoveVolumeRequest: RemoveVolumeRequest;
  readonly RemoveVolumeResponse: RemoveVolumeResponse;
  readonly ReplicatedJob: ReplicatedJob;
  readonly ReplicatedService: ReplicatedService;
  readonly ResolveAddressRequest: ResolveAddressRequest;
  readonly ResolveAddressResponse: ResolveAddressResponse;
  readonly Resource: Resource;
  readonly ResourceReference: ResourceReference;
  readonly ResourceRequirements: ResourceRequirements;
  readonly Resources: Resources;
  readonly RestartPolicy: RestartPolicy;
  readonly RootCA: RootCA;
  readonly RootRotation: RootRotation;
  readonly RuntimeTarget: RuntimeTarget;
  readonly SaveSnapshotRequest: SaveSnapshotRequest;
  readonly Secret: Secret;
  readonly SecretReference: SecretReference;
  readonly SecretSpec: SecretSpec;
  readonly SelectBy: SelectBy;
  readonly SelectByCustom: SelectByCustom;
  readonly SelectBySlot: SelectBySlot;
  readonly Service: Service;
  readonly ServiceSpec: ServiceSpec;
  readonly SessionMessage: SessionMessage;
  readonly SessionRequest: SessionRequest;
  readonly Snapshot: Snapshot;
  readonly SnapshotChunk: SnapshotChunk;
  readonly SnapshotEnd: SnapshotEnd;
  readonly SnapshotInfo: SnapshotInfo;
  readonly SpreadOver: SpreadOver;
  readonly StoreAction: StoreAction;
  readonly StoreSnapshot: StoreSnapshot;
  readonly StreamRaftMessageRequest: StreamRaftMessageRequest;
  readonly StreamRaftMessageResponse: StreamRaftMessageResponse;
  readonly SubscribeLogsMessage: SubscribeLogsMessage;
  readonly SubscribeLogsRequest: SubscribeLogsRequest;
  readonly SubscriptionMessage: SubscriptionMessage;
  readonly Task: Task;
  readonly TaskDefaults: TaskDefaults;
  readonly TaskSpec: TaskSpec;
  readonly TaskStatus: TaskStatus;
  readonly TasksMessage: TasksMessage;
  readonly TasksRequest: TasksRequest;
  readonly Timestamp: Timestamp;
  readonly Topology: Topology;
  readonly TopologyRequirement: TopologyRequirement;
  readonly UpdateClusterRequest: UpdateClusterRequest;
  readonly UpdateClusterResponse: UpdateClusterResponse;
  readonly UpdateConfig: UpdateConfig;
  readonly UpdateConfigRequest: UpdateConfigRequest;
  readonly UpdateConfigResponse: UpdateConfigResponse;
  readonly UpdateNodeRequest: UpdateNodeRequest;
  readonly UpdateNodeResponse: UpdateNodeResponse;
  readonly UpdateResourceRequest: UpdateResourceRequest;
  readonly UpdateResourceResponse: UpdateResourceResponse;
  readonly UpdateSecretRequest: UpdateSecretRequest;
  readonly UpdateSecretResponse: UpdateSecretResponse;
  readonly UpdateServiceRequest: UpdateServiceRequest;
  readonly UpdateServiceResponse: UpdateServiceResponse;
  readonly UpdateStatus: UpdateStatus;
  readonly UpdateTaskStatusRequest: UpdateTaskStatusRequest;
  readonly UpdateTaskStatusRequestTaskStatusUpdate: UpdateTaskStatusRequestTaskStatusUpdate;
  readonly UpdateTaskStatusResponse: UpdateTaskStatusResponse;
  readonly UpdateVolumeRequest: UpdateVolumeRequest;
  readonly UpdateVolumeResponse: UpdateVolumeResponse;
  readonly UpdateVolumeStatusRequest: UpdateVolumeStatusRequest;
  readonly UpdateVolumeStatusRequestVolumeStatusUpdate: UpdateVolumeStatusRequestVolumeStatusUpdate;
  readonly UpdateVolumeStatusResponse: UpdateVolumeStatusResponse;
  readonly Version: Version;
  readonly Volume: Volume;
  readonly VolumeAccessMode: VolumeAccessMode;
  readonly VolumeAccessModeBlockVolume: VolumeAccessModeBlockVolume;
  readonly VolumeAccessModeMountVolume: VolumeAccessModeMountVolume;
  readonly VolumeAssignment: VolumeAssignment;
  readonly VolumeAttachment: VolumeAttachment;
  readonly VolumeCapability: VolumeCapability;
  readonly VolumeCapabilityAccessMode: VolumeCapabilityAccessMode;
  readonly VolumeCapabilityBlockVolume: VolumeCapabilityBlockVolume;
  readonly VolumeCapabilityMountVolume: VolumeCapabilityMountVolume;
  readonly VolumeInfo: VolumeInfo;
  readonly VolumePublishStatus: VolumePublishStatus;
  readonly VolumeSecret: VolumeSecret;
  readonly VolumeSpec: VolumeSpec;
  readonly WatchMessage: WatchMessage;
  readonly WatchMessageEvent: WatchMessageEvent;
  readonly WatchRequest: WatchRequest;
  readonly WatchRequestWatchEntry: WatchRequestWatchEntry;
  readonly WeightedPeer: WeightedPeer;
}

/** The name of a message. */
export type MessageName = keyof MessageTypes;

/** Every enum by its name. */
export interface EnumTypes {
  readonly AssignmentChangeAssignmentAction: AssignmentChangeAssignmentAction;
  readonly AssignmentsMessageType: AssignmentsMessageType;
  readonly ContainerSpecIsolation: ContainerSpecIsolation;
  readonly EncryptionKeyAlgorithm: EncryptionKeyAlgorithm;
  readonly EndpointSpecResolutionMode: EndpointSpecResolutionMode;
  readonly ExternalCACAProtocol: ExternalCACAProtocol;
  readonly HealthCheckResponseServingStatus: HealthCheckResponseServingStatus;
  readonly IPAMConfigAddressFamily: IPAMConfigAddressFamily;
  readonly IssuanceStatusState: IssuanceStatusState;
  readonly LogStream: LogStream;
  readonly MaybeEncryptedRecordAlgorithm: MaybeEncryptedRecordAlgorithm;
  readonly MountBindOptionsPropagation: MountBindOptionsPropagation;
  readonly MountConsistency: MountConsistency;
  readonly MountType: MountType;
  readonly NodeRole: NodeRole;
  readonly NodeSpecAvailability: NodeSpecAvailability;
  readonly NodeSpecMembership: NodeSpecMembership;
  readonly NodeStatusState: NodeStatusState;
  readonly PortConfigProtocol: PortConfigProtocol;
  readonly PortConfigPublishMode: PortConfigPublishMode;
  readonly PrivilegesAppArmorOptsAppArmorMode: PrivilegesAppArmorOptsAppArmorMode;
  readonly PrivilegesSeccompOptsSeccompMode: PrivilegesSeccompOptsSeccompMode;
  readonly RaftMemberStatusReachability: RaftMemberStatusReachability;
  readonly RaftpbConfChangeTransition: RaftpbConfChangeTransition;
  readonly RaftpbConfChangeType: RaftpbConfChangeType;
  readonly RaftpbEntryType: RaftpbEntryType;
  readonly RaftpbMessageType: RaftpbMessageType;
  readonly ResourceType: ResourceType;
  readonly RestartPolicyRestartCondition: RestartPolicyRestartCondition;
  readonly SnapshotVersion: SnapshotVersion;
  readonly StoreActionKind: StoreActionKind;
  readonly TaskState: TaskState;
  readonly UpdateConfigFailureAction: UpdateConfigFailureAction;
  readonly UpdateConfigUpdateOrder: UpdateConfigUpdateOrder;
  readonly UpdateServiceRequestRollback: UpdateServiceRequestRollback;
  readonly UpdateStatusUpdateState: UpdateStatusUpdateState;
  readonly VolumeAccessModeScope: VolumeAccessModeScope;
  readonly VolumeAccessModeSharing: VolumeAccessModeSharing;
  readonly VolumeCapabilityAccessModeMode: VolumeCapabilityAccessModeMode;
  readonly VolumePublishStatusState: VolumePublishStatusState;
  readonly VolumeSpecVolumeAvailability: VolumeSpecVolumeAvailability;
  readonly WatchActionKind: WatchActionKind;
}

/** The name of an enum. */
export type EnumName = keyof EnumTypes;
