// Generated from packages/proto/proto by scripts/generate.ts. Do not edit: change the .proto
// files, then run `pnpm generate`.

import type { Method } from "../src/method.ts";

/** Every service by its name. */
export interface Services {
  /** Gives the state of the swarm away, keys and secrets included: to managers and the control socket. */
  readonly Backup: {
    /**
     * The bytes of a backup file, linearizable: every write that was answered before the call is in it.
     * The first chunk has `info`, those that follow have `data`, and the last one has `end`. A stream
     * without `end` is not a backup.
     */
    readonly SaveSnapshot: Method<"SaveSnapshotRequest", "SnapshotChunk">;
  };
  /** What anybody needs to know before joining, and managers right after. */
  readonly CA: {
    /** The certificate to trust. The caller checks it against the digest in its join token. */
    readonly GetRootCACertificate: Method<"GetRootCACertificateRequest", "GetRootCACertificateResponse">;
    /** The key that a manager encrypts its own keys with; empty unless the cluster locks its managers. */
    readonly GetUnlockKey: Method<"GetUnlockKeyRequest", "GetUnlockKeyResponse">;
  };
  /**
   * Everything that users do with the cluster. On the socket a manager forwards to the leader; over
   * TCP a manager answers from its own store, and only the leader can write.
   */
  readonly Control: {
    /** One node, with its part in the Raft group. */
    readonly GetNode: Method<"GetNodeRequest", "GetNodeResponse">;
    /** All nodes that match, each with its part in the Raft group. */
    readonly ListNodes: Method<"ListNodesRequest", "ListNodesResponse">;
    /** Replaces a node's spec. Refused when it would demote the last manager or cost the quorum. */
    readonly UpdateNode: Method<"UpdateNodeRequest", "UpdateNodeResponse">;
    /**
     * Removes a node for good: its certificate is refused from now on. A manager must be demoted
     * first, and a node that is up needs force.
     */
    readonly RemoveNode: Method<"RemoveNodeRequest", "RemoveNodeResponse">;
    /** One task. */
    readonly GetTask: Method<"GetTaskRequest", "GetTaskResponse">;
    /** All tasks that match. */
    readonly ListTasks: Method<"ListTasksRequest", "ListTasksResponse">;
    /** Deletes a task at once, running or not. */
    readonly RemoveTask: Method<"RemoveTaskRequest", "RemoveTaskResponse">;
    /** One service. */
    readonly GetService: Method<"GetServiceRequest", "GetServiceResponse">;
    /** All services that match. */
    readonly ListServices: Method<"ListServicesRequest", "ListServicesResponse">;
    /** Creates a service; its tasks follow. */
    readonly CreateService: Method<"CreateServiceRequest", "CreateServiceResponse">;
    /**
     * Replaces a service's spec and keeps the present one for a rollback. Name and mode cannot
     * change.
     */
    readonly UpdateService: Method<"UpdateServiceRequest", "UpdateServiceResponse">;
    /** Deletes a service; its tasks follow. */
    readonly RemoveService: Method<"RemoveServiceRequest", "RemoveServiceResponse">;
    /** How many tasks of each service are wanted, run and are complete. */
    readonly ListServiceStatuses: Method<"ListServiceStatusesRequest", "ListServiceStatusesResponse">;
    /** One network, by id or name. */
    readonly GetNetwork: Method<"GetNetworkRequest", "GetNetworkResponse">;
    /** All networks that match. */
    readonly ListNetworks: Method<"ListNetworksRequest", "ListNetworksResponse">;
    /** Creates a network. Networks cannot be changed. */
    readonly CreateNetwork: Method<"CreateNetworkRequest", "CreateNetworkResponse">;
    /** Deletes a network that nothing uses. */
    readonly RemoveNetwork: Method<"RemoveNetworkRequest", "RemoveNetworkResponse">;
    /** The cluster object, without its secrets other than the join tokens. */
    readonly GetCluster: Method<"GetClusterRequest", "GetClusterResponse">;
    /** The cluster objects that match, without their secrets other than the join tokens. */
    readonly ListClusters: Method<"ListClustersRequest", "ListClustersResponse">;
    /**
     * Replaces the cluster's spec and rotates tokens and keys. A change of the CA's settings can
     * start a rotation of the root.
     */
    readonly UpdateCluster: Method<"UpdateClusterRequest", "UpdateClusterResponse">;
    /** One secret, without its data. */
    readonly GetSecret: Method<"GetSecretRequest", "GetSecretResponse">;
    /** Changes a secret's labels; anything else is refused. */
    readonly UpdateSecret: Method<"UpdateSecretRequest", "UpdateSecretResponse">;
    /** All secrets that match, without their data. */
    readonly ListSecrets: Method<"ListSecretsRequest", "ListSecretsResponse">;
    /** Creates a secret; the answer is without its data. */
    readonly CreateSecret: Method<"CreateSecretRequest", "CreateSecretResponse">;
    /** Deletes a secret that no service uses. */
    readonly RemoveSecret: Method<"RemoveSecretRequest", "RemoveSecretResponse">;
    /** One config, with its data. */
    readonly GetConfig: Method<"GetConfigRequest", "GetConfigResponse">;
    /** Changes a config's labels; anything else is refused. */
    readonly UpdateConfig: Method<"UpdateConfigRequest", "UpdateConfigResponse">;
    /** All configs that match, with their data. */
    readonly ListConfigs: Method<"ListConfigsRequest", "ListConfigsResponse">;
    /** Creates a config. */
    readonly CreateConfig: Method<"CreateConfigRequest", "CreateConfigResponse">;
    /** Deletes a config that no service uses. */
    readonly RemoveConfig: Method<"RemoveConfigRequest", "RemoveConfigResponse">;
    /** One extension. */
    readonly GetExtension: Method<"GetExtensionRequest", "GetExtensionResponse">;
    /** Registers a kind of resources. */
    readonly CreateExtension: Method<"CreateExtensionRequest", "CreateExtensionResponse">;
    /** Deletes an extension that no resource uses. */
    readonly RemoveExtension: Method<"RemoveExtensionRequest", "RemoveExtensionResponse">;
    /** One resource. */
    readonly GetResource: Method<"GetResourceRequest", "GetResourceResponse">;
    /** Replaces a resource's annotations or payload; the name stays. */
    readonly UpdateResource: Method<"UpdateResourceRequest", "UpdateResourceResponse">;
    /** All resources that match. */
    readonly ListResources: Method<"ListResourcesRequest", "ListResourcesResponse">;
    /** Creates a resource of a kind that an extension has registered. */
    readonly CreateResource: Method<"CreateResourceRequest", "CreateResourceResponse">;
    /** Deletes a resource. */
    readonly RemoveResource: Method<"RemoveResourceRequest", "RemoveResourceResponse">;
    /** Creates a volume; its plug-in makes it afterwards. */
    readonly CreateVolume: Method<"CreateVolumeRequest", "CreateVolumeResponse">;
    /** One volume. */
    readonly GetVolume: Method<"GetVolumeRequest", "GetVolumeResponse">;
    /** Changes a volume's labels and availability; anything else is refused. */
    readonly UpdateVolume: Method<"UpdateVolumeRequest", "UpdateVolumeResponse">;
    /** All volumes that match. */
    readonly ListVolumes: Method<"ListVolumesRequest", "ListVolumesResponse">;
    /** Deletes a volume that no node uses; with force, at once and without its plug-in. */
    readonly RemoveVolume: Method<"RemoveVolumeRequest", "RemoveVolumeResponse">;
  };
  /** What agents and the leader say to each other. Every call but the first names the session. */
  readonly Dispatcher: {
    /**
     * Registers an agent; then sends what it should know about the cluster, all of it each time
     * something changes. The stream's end ends the session.
     */
    readonly Session: Method<"SessionRequest", "SessionMessage">;
    /** Tells the leader that the node is alive. */
    readonly Heartbeat: Method<"HeartbeatRequest", "HeartbeatResponse">;
    /** Reports tasks' states. A report about another node's task refuses the whole request. */
    readonly UpdateTaskStatus: Method<"UpdateTaskStatusRequest", "UpdateTaskStatusResponse">;
    /** Reports that the node has let go of volumes. */
    readonly UpdateVolumeStatus: Method<"UpdateVolumeStatusRequest", "UpdateVolumeStatusResponse">;
    /** Sends the node's tasks, the whole list each time. For agents from before Assignments. */
    readonly Tasks: Method<"TasksRequest", "TasksMessage">;
    /** Sends what the node shall have: once completely, then the changes. */
    readonly Assignments: Method<"AssignmentsRequest", "AssignmentsMessage">;
  };
  /** Tells whether a service of a manager serves. */
  readonly Health: {
    /** Answers at once. An unknown name is NOT_FOUND. */
    readonly Check: Method<"HealthCheckRequest", "HealthCheckResponse">;
  };
  /** Where agents learn what output is wanted, and send it. */
  readonly LogBroker: {
    /**
     * Sends the subscriptions that concern the node, present and new, and again each one that is
     * closed.
     */
    readonly ListenSubscriptions: Method<"ListenSubscriptionsRequest", "SubscriptionMessage">;
    /** Takes output for one subscription. */
    readonly PublishLogs: Method<"PublishLogsMessage", "PublishLogsResponse">;
  };
  /** Where users get tasks' output from. */
  readonly Logs: {
    /**
     * Sends output until all nodes are done, or for ever when following. What could not be had is
     * told in an error at the end.
     */
    readonly SubscribeLogs: Method<"SubscribeLogsRequest", "SubscribeLogsMessage">;
  };
  /** Issues nodes' certificates. */
  readonly NodeCA: {
    /**
     * Takes a request and returns at once; the certificate comes later. The caller's certificate
     * makes it a renewal, otherwise the token makes it a new node.
     */
    readonly IssueNodeCertificate: Method<"IssueNodeCertificateRequest", "IssueNodeCertificateResponse">;
    /** Waits until the certificate has been issued or refused. */
    readonly NodeCertificateStatus: Method<"NodeCertificateStatusRequest", "NodeCertificateStatusResponse">;
  };
  /** How members exchange messages. Never forwarded to another manager. */
  readonly Raft: {
    /** Takes one message. */
    readonly ProcessRaftMessage: Method<"ProcessRaftMessageRequest", "ProcessRaftMessageResponse">;
    /**
     * Takes one message that may be cut into pieces, of which only a snapshot's data differ. Peers
     * open a stream for every message.
     */
    readonly StreamRaftMessage: Method<"StreamRaftMessageRequest", "StreamRaftMessageResponse">;
    /** A member's address, for who got a message from a member it does not know. */
    readonly ResolveAddress: Method<"ResolveAddressRequest", "ResolveAddressResponse">;
  };
  /** Takes messages from another member. Never forwarded to another manager. */
  readonly RaftLink: {
    /**
     * The messages of one member to another, in order. Answers once at the beginning, so that the
     * caller knows that messages will be taken, and ends with NOT_FOUND and SwarmKit's text when the
     * sender is no member any more. Snapshots do not travel here: they would hold up what follows.
     */
    readonly Link: Method<"RaftLinkRequest", "RaftLinkResponse">;
  };
  /** How managers join and leave the group. Only the leader can answer. */
  readonly RaftMembership: {
    /** Makes the caller a member. Returns once that is committed; from then on the quorum counts it. */
    readonly Join: Method<"JoinRequest", "JoinResponse">;
    /** Takes a member out, if a quorum remains. */
    readonly Leave: Method<"LeaveRequest", "LeaveResponse">;
  };
  /** Gives containers that are no tasks a place on a network. */
  readonly ResourceAllocator: {
    /** Makes an attachment on the caller's node. The network must be attachable. */
    readonly AttachNetwork: Method<"AttachNetworkRequest", "AttachNetworkResponse">;
    /** Ends an attachment of the caller's node. */
    readonly DetachNetwork: Method<"DetachNetworkRequest", "DetachNetworkResponse">;
  };
  /** Tells about changes to the store. */
  readonly Watch: {
    /**
     * Sends an empty message when the watch has begun; then one for each transaction with changes
     * that match.
     */
    readonly Watch: Method<"WatchRequest", "WatchMessage">;
  };
}

/** Every service: paths, messages, streaming and who may call. */
export const services: Services = {
  Backup: {
    SaveSnapshot: {
      path: "/swarmkit.extension.v1.Backup/SaveSnapshot",
      request: "SaveSnapshotRequest",
      response: "SnapshotChunk",
      clientStreaming: false,
      serverStreaming: true,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
  },
  CA: {
    GetRootCACertificate: {
      path: "/docker.swarmkit.v1.CA/GetRootCACertificate",
      request: "GetRootCACertificateRequest",
      response: "GetRootCACertificateResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: [],
        insecure: true,
      },
    },
    GetUnlockKey: {
      path: "/docker.swarmkit.v1.CA/GetUnlockKey",
      request: "GetUnlockKeyRequest",
      response: "GetUnlockKeyResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
  },
  Control: {
    GetNode: {
      path: "/docker.swarmkit.v1.Control/GetNode",
      request: "GetNodeRequest",
      response: "GetNodeResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    ListNodes: {
      path: "/docker.swarmkit.v1.Control/ListNodes",
      request: "ListNodesRequest",
      response: "ListNodesResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    UpdateNode: {
      path: "/docker.swarmkit.v1.Control/UpdateNode",
      request: "UpdateNodeRequest",
      response: "UpdateNodeResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    RemoveNode: {
      path: "/docker.swarmkit.v1.Control/RemoveNode",
      request: "RemoveNodeRequest",
      response: "RemoveNodeResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    GetTask: {
      path: "/docker.swarmkit.v1.Control/GetTask",
      request: "GetTaskRequest",
      response: "GetTaskResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    ListTasks: {
      path: "/docker.swarmkit.v1.Control/ListTasks",
      request: "ListTasksRequest",
      response: "ListTasksResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    RemoveTask: {
      path: "/docker.swarmkit.v1.Control/RemoveTask",
      request: "RemoveTaskRequest",
      response: "RemoveTaskResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    GetService: {
      path: "/docker.swarmkit.v1.Control/GetService",
      request: "GetServiceRequest",
      response: "GetServiceResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    ListServices: {
      path: "/docker.swarmkit.v1.Control/ListServices",
      request: "ListServicesRequest",
      response: "ListServicesResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    CreateService: {
      path: "/docker.swarmkit.v1.Control/CreateService",
      request: "CreateServiceRequest",
      response: "CreateServiceResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    UpdateService: {
      path: "/docker.swarmkit.v1.Control/UpdateService",
      request: "UpdateServiceRequest",
      response: "UpdateServiceResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    RemoveService: {
      path: "/docker.swarmkit.v1.Control/RemoveService",
      request: "RemoveServiceRequest",
      response: "RemoveServiceResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    ListServiceStatuses: {
      path: "/docker.swarmkit.v1.Control/ListServiceStatuses",
      request: "ListServiceStatusesRequest",
      response: "ListServiceStatusesResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    GetNetwork: {
      path: "/docker.swarmkit.v1.Control/GetNetwork",
      request: "GetNetworkRequest",
      response: "GetNetworkResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    ListNetworks: {
      path: "/docker.swarmkit.v1.Control/ListNetworks",
      request: "ListNetworksRequest",
      response: "ListNetworksResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    CreateNetwork: {
      path: "/docker.swarmkit.v1.Control/CreateNetwork",
      request: "CreateNetworkRequest",
      response: "CreateNetworkResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    RemoveNetwork: {
      path: "/docker.swarmkit.v1.Control/RemoveNetwork",
      request: "RemoveNetworkRequest",
      response: "RemoveNetworkResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    GetCluster: {
      path: "/docker.swarmkit.v1.Control/GetCluster",
      request: "GetClusterRequest",
      response: "GetClusterResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    ListClusters: {
      path: "/docker.swarmkit.v1.Control/ListClusters",
      request: "ListClustersRequest",
      response: "ListClustersResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    UpdateCluster: {
      path: "/docker.swarmkit.v1.Control/UpdateCluster",
      request: "UpdateClusterRequest",
      response: "UpdateClusterResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    GetSecret: {
      path: "/docker.swarmkit.v1.Control/GetSecret",
      request: "GetSecretRequest",
      response: "GetSecretResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    UpdateSecret: {
      path: "/docker.swarmkit.v1.Control/UpdateSecret",
      request: "UpdateSecretRequest",
      response: "UpdateSecretResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    ListSecrets: {
      path: "/docker.swarmkit.v1.Control/ListSecrets",
      request: "ListSecretsRequest",
      response: "ListSecretsResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    CreateSecret: {
      path: "/docker.swarmkit.v1.Control/CreateSecret",
      request: "CreateSecretRequest",
      response: "CreateSecretResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    RemoveSecret: {
      path: "/docker.swarmkit.v1.Control/RemoveSecret",
      request: "RemoveSecretRequest",
      response: "RemoveSecretResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    GetConfig: {
      path: "/docker.swarmkit.v1.Control/GetConfig",
      request: "GetConfigRequest",
      response: "GetConfigResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    UpdateConfig: {
      path: "/docker.swarmkit.v1.Control/UpdateConfig",
      request: "UpdateConfigRequest",
      response: "UpdateConfigResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    ListConfigs: {
      path: "/docker.swarmkit.v1.Control/ListConfigs",
      request: "ListConfigsRequest",
      response: "ListConfigsResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    CreateConfig: {
      path: "/docker.swarmkit.v1.Control/CreateConfig",
      request: "CreateConfigRequest",
      response: "CreateConfigResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    RemoveConfig: {
      path: "/docker.swarmkit.v1.Control/RemoveConfig",
      request: "RemoveConfigRequest",
      response: "RemoveConfigResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    GetExtension: {
      path: "/docker.swarmkit.v1.Control/GetExtension",
      request: "GetExtensionRequest",
      response: "GetExtensionResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    CreateExtension: {
      path: "/docker.swarmkit.v1.Control/CreateExtension",
      request: "CreateExtensionRequest",
      response: "CreateExtensionResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    RemoveExtension: {
      path: "/docker.swarmkit.v1.Control/RemoveExtension",
      request: "RemoveExtensionRequest",
      response: "RemoveExtensionResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    GetResource: {
      path: "/docker.swarmkit.v1.Control/GetResource",
      request: "GetResourceRequest",
      response: "GetResourceResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    UpdateResource: {
      path: "/docker.swarmkit.v1.Control/UpdateResource",
      request: "UpdateResourceRequest",
      response: "UpdateResourceResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    ListResources: {
      path: "/docker.swarmkit.v1.Control/ListResources",
      request: "ListResourcesRequest",
      response: "ListResourcesResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    CreateResource: {
      path: "/docker.swarmkit.v1.Control/CreateResource",
      request: "CreateResourceRequest",
      response: "CreateResourceResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    RemoveResource: {
      path: "/docker.swarmkit.v1.Control/RemoveResource",
      request: "RemoveResourceRequest",
      response: "RemoveResourceResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    CreateVolume: {
      path: "/docker.swarmkit.v1.Control/CreateVolume",
      request: "CreateVolumeRequest",
      response: "CreateVolumeResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    GetVolume: {
      path: "/docker.swarmkit.v1.Control/GetVolume",
      request: "GetVolumeRequest",
      response: "GetVolumeResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    UpdateVolume: {
      path: "/docker.swarmkit.v1.Control/UpdateVolume",
      request: "UpdateVolumeRequest",
      response: "UpdateVolumeResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    ListVolumes: {
      path: "/docker.swarmkit.v1.Control/ListVolumes",
      request: "ListVolumesRequest",
      response: "ListVolumesResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    RemoveVolume: {
      path: "/docker.swarmkit.v1.Control/RemoveVolume",
      request: "RemoveVolumeRequest",
      response: "RemoveVolumeResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
  },
  Dispatcher: {
    Session: {
      path: "/docker.swarmkit.v1.Dispatcher/Session",
      request: "SessionRequest",
      response: "SessionMessage",
      clientStreaming: false,
      serverStreaming: true,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-worker","swarm-manager"],
        insecure: false,
      },
    },
    Heartbeat: {
      path: "/docker.swarmkit.v1.Dispatcher/Heartbeat",
      request: "HeartbeatRequest",
      response: "HeartbeatResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-worker","swarm-manager"],
        insecure: false,
      },
    },
    UpdateTaskStatus: {
      path: "/docker.swarmkit.v1.Dispatcher/UpdateTaskStatus",
      request: "UpdateTaskStatusRequest",
      response: "UpdateTaskStatusResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-worker","swarm-manager"],
        insecure: false,
      },
    },
    UpdateVolumeStatus: {
      path: "/docker.swarmkit.v1.Dispatcher/UpdateVolumeStatus",
      request: "UpdateVolumeStatusRequest",
      response: "UpdateVolumeStatusResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-worker","swarm-manager"],
        insecure: false,
      },
    },
    Tasks: {
      path: "/docker.swarmkit.v1.Dispatcher/Tasks",
      request: "TasksRequest",
      response: "TasksMessage",
      clientStreaming: false,
      serverStreaming: true,
      isDeprecated: true,
      authorization: {
        roles: ["swarm-worker","swarm-manager"],
        insecure: false,
      },
    },
    Assignments: {
      path: "/docker.swarmkit.v1.Dispatcher/Assignments",
      request: "AssignmentsRequest",
      response: "AssignmentsMessage",
      clientStreaming: false,
      serverStreaming: true,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-worker","swarm-manager"],
        insecure: false,
      },
    },
  },
  Health: {
    Check: {
      path: "/docker.swarmkit.v1.Health/Check",
      request: "HealthCheckRequest",
      response: "HealthCheckResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
  },
  LogBroker: {
    ListenSubscriptions: {
      path: "/docker.swarmkit.v1.LogBroker/ListenSubscriptions",
      request: "ListenSubscriptionsRequest",
      response: "SubscriptionMessage",
      clientStreaming: false,
      serverStreaming: true,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-worker","swarm-manager"],
        insecure: false,
      },
    },
    PublishLogs: {
      path: "/docker.swarmkit.v1.LogBroker/PublishLogs",
      request: "PublishLogsMessage",
      response: "PublishLogsResponse",
      clientStreaming: true,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-worker","swarm-manager"],
        insecure: false,
      },
    },
  },
  Logs: {
    SubscribeLogs: {
      path: "/docker.swarmkit.v1.Logs/SubscribeLogs",
      request: "SubscribeLogsRequest",
      response: "SubscribeLogsMessage",
      clientStreaming: false,
      serverStreaming: true,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
  },
  NodeCA: {
    IssueNodeCertificate: {
      path: "/docker.swarmkit.v1.NodeCA/IssueNodeCertificate",
      request: "IssueNodeCertificateRequest",
      response: "IssueNodeCertificateResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: [],
        insecure: true,
      },
    },
    NodeCertificateStatus: {
      path: "/docker.swarmkit.v1.NodeCA/NodeCertificateStatus",
      request: "NodeCertificateStatusRequest",
      response: "NodeCertificateStatusResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: [],
        insecure: true,
      },
    },
  },
  Raft: {
    ProcessRaftMessage: {
      path: "/docker.swarmkit.v1.Raft/ProcessRaftMessage",
      request: "ProcessRaftMessageRequest",
      response: "ProcessRaftMessageResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    StreamRaftMessage: {
      path: "/docker.swarmkit.v1.Raft/StreamRaftMessage",
      request: "StreamRaftMessageRequest",
      response: "StreamRaftMessageResponse",
      clientStreaming: true,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    ResolveAddress: {
      path: "/docker.swarmkit.v1.Raft/ResolveAddress",
      request: "ResolveAddressRequest",
      response: "ResolveAddressResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
  },
  RaftLink: {
    Link: {
      path: "/swarmkit.extension.v1.RaftLink/Link",
      request: "RaftLinkRequest",
      response: "RaftLinkResponse",
      clientStreaming: true,
      serverStreaming: true,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
  },
  RaftMembership: {
    Join: {
      path: "/docker.swarmkit.v1.RaftMembership/Join",
      request: "JoinRequest",
      response: "JoinResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
    Leave: {
      path: "/docker.swarmkit.v1.RaftMembership/Leave",
      request: "LeaveRequest",
      response: "LeaveResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
  },
  ResourceAllocator: {
    AttachNetwork: {
      path: "/docker.swarmkit.v1.ResourceAllocator/AttachNetwork",
      request: "AttachNetworkRequest",
      response: "AttachNetworkResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-worker","swarm-manager"],
        insecure: false,
      },
    },
    DetachNetwork: {
      path: "/docker.swarmkit.v1.ResourceAllocator/DetachNetwork",
      request: "DetachNetworkRequest",
      response: "DetachNetworkResponse",
      clientStreaming: false,
      serverStreaming: false,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-worker","swarm-manager"],
        insecure: false,
      },
    },
  },
  Watch: {
    Watch: {
      path: "/docker.swarmkit.v1.Watch/Watch",
      request: "WatchRequest",
      response: "WatchMessage",
      clientStreaming: false,
      serverStreaming: true,
      isDeprecated: false,
      authorization: {
        roles: ["swarm-manager"],
        insecure: false,
      },
    },
  },
};
