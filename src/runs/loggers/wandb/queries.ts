/** What is asked of W&B by GraphQL; the names are its server's. */

export const VIEWER = {
  operationName: 'Viewer',
  query: 'query Viewer { viewer { id entity username } }',
};

export const RESUME_STATUS = {
  operationName: 'RunResumeStatus',
  query: `query RunResumeStatus($project: String, $entity: String, $name: String!) {
  model(name: $project, entityName: $entity) {
    bucket(name: $name, missingOk: true) { id name historyLineCount historyTail summaryMetrics config }
  }
}`,
};

export const UPSERT_RUN = {
  operationName: 'UpsertBucket',
  query: `mutation UpsertBucket($id: String, $name: String, $project: String, $entity: String, $groupName: String, $displayName: String, $notes: String, $config: JSONString, $jobType: String, $tags: [String!]) {
  upsertBucket(input: {id: $id, name: $name, modelName: $project, entityName: $entity, groupName: $groupName, displayName: $displayName, notes: $notes, config: $config, jobType: $jobType, tags: $tags}) {
    bucket { id name project { name entity { name } } }
    inserted
  }
}`,
};
