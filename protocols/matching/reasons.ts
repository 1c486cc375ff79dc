/** Why an offer cannot take a job: code → a sentence for people. Codes are stable: certificates and APIs carry them. */
export const REASONS = {
  network: 'The offer is made for another network.',
  'not-current': 'The offer does not hold at this time.',
  'same-account': 'Creator and provider are the same account.',
  'not-target': 'The job names another provider.',
  'not-allowed': "The provider is not on the job's list of allowed accounts.",
  denied: "The provider is on the job's list of refused accounts.",
  label: 'The offer lacks a label that the job asks for.',
  engine: 'The provider does not run this engine.',
  arch: 'The provider has another processor architecture.',
  'network-mode': 'The provider does not give jobs this kind of network access.',
  cpu: 'The provider has fewer cores than the job needs.',
  memory: 'The provider has less memory than the job needs.',
  disk: 'The provider has less disk than the job needs.',
  'gpu-count': 'The provider has fewer GPUs than the job needs.',
  'gpu-model': 'The provider has too few GPUs of the model that the job needs.',
  'gpu-memory': 'The provider has too few GPUs with the memory that the job needs.',
  committee: 'The provider does not take jobs that a committee checks.',
  price: 'The provider asks for more than the job pays.'
} as const
export type ReasonCode = keyof typeof REASONS

/** One reason with what would mend it. */
export interface Miss {
  code: ReasonCode
  /** the field of the job that is not met, e.g. `needs.resources.memoryBytes` */
  field: string
  wanted: string
  has: string
  /** how much is missing, in 1/1000 of what is wanted, rounded up; 1000 where it is not a matter of amount */
  gap: number
}
