/** What any call that reads the chain or sends a transaction can end with. */
export const CHAIN_ERRORS = [
  'NoChainError',
  'InsufficientBalanceError',
  'InsufficientAllowanceError',
  'InsufficientGasError',
  'TransactionRevertedError',
  'TransactionReplacedError',
  'SettlementUnreachableError',
  'WrongChainError',
  'EndpointsDisagreeError',
  'EndpointLieError'
] as const
