import { row } from './row.ts'

/** Jobs, their results and the court. */
export const JOB_ERRORS = {
  JobNotFoundError: row(404, 'usage', 'this node has no such job', 'list them with `dcn job list`'),
  ResultNotFoundError: row(404, 'usage', 'the job has no such result file', 'list the files with `dcn job show ID`'),
  ResultIncompleteError: row(502, 'network', 'a file came in part', 'fetch it again'),
  ImageNotFoundError: row(404, 'usage', 'this node shares no such image', 'share it with `dcn image push`'),
  ImageUnavailableError: row(400, 'usage', 'an image cannot be had', 'pull or build it first'),
  ImageMissingError: row(400, 'usage', 'the job names no image', 'name one'),
  TooManyImagesError: row(
    409,
    'usage',
    'this node shares as many images as it can',
    'remove one with `dcn image remove`'
  ),
  UnsupportedJobError: row(400, 'usage', 'the engine cannot run this job', 'see the field that is named'),
  EngineMissingError: row(400, 'usage', 'this node has no such engine', '`dcn doctor` says why'),
  EngineError: row(500, 'failed', 'the engine failed', 'look at its own log'),
  EngineStoppedError: row(503, 'failed', 'the engine was stopped while the job ran', 'submit it again'),
  SandboxStartError: row(500, 'failed', 'no sandbox can be started', '`dcn doctor` says why'),
  JobNetworkError: row(500, 'failed', 'the network of a job could not be made', 'look at the log of the engine'),
  BadArchiveError: row(400, 'usage', 'an archive cannot be used', 'make it again'),
  NoMatchError: row(409, 'noMatch', 'nobody takes the job', '`dcn job why ID` says what would help'),
  NoCandidateError: row(409, 'noMatch', 'nobody is left to ask', '`dcn job why ID` says what would help'),
  NotReviewingError: row(409, 'usage', 'the job does not wait for a word', 'look at its state'),
  NotDisputableError: row(409, 'usage', 'the result cannot be disputed', 'look at its state'),
  NoJudgedResultError: row(404, 'usage', 'there is no judged result', 'wait for the verdict'),
  NoCourtError: row(409, 'noMatch', 'no court can judge', 'wait for mediators, or choose another policy'),
  NoRegistryError: row(409, 'usage', 'this network has no module registry', 'use one whose contracts include it'),
  NotNameOwnerError: row(409, 'usage', 'the name of a module is another account’s', 'publish under another name'),
  VersionExistsError: row(409, 'usage', 'a version is published already', 'raise the version'),
  VersionUnknownError: row(404, 'usage', 'the registry has no such version', 'list them with `dcn module list NAME`'),
  VersionUnchangedError: row(409, 'usage', 'a version is yanked, or not, already', 'nothing'),
  ModuleChangedError: row(409, 'failed', 'a version of the registry is another one than before', 'do not run it'),
  NoBoardError: row(409, 'usage', 'this network has no job board', 'use one whose contracts include a board'),
  RequestNotFoundError: row(404, 'usage', 'the board has no such request', 'list them with `dcn board list`'),
  DealNotFoundError: row(404, 'usage', 'the deal is not before the court', 'list the deals with `dcn deals`'),
  DealUnreadableError: row(409, 'notProvable', 'the terms of a deal cannot be read from the chain', 'ask its parties'),
  SealBrokenError: row(409, 'failed', 'sealed content cannot be opened', 'submit the job again'),
  SealKeyUnavailableError: row(503, 'network', 'nobody gave the key of a private job', 'see that its creator is online')
} as const
