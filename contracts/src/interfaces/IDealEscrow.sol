// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Escrow of compute deals: two signatures lock money, signatures or the clock release it.
/// @notice No owner, no upgrade, no privileged key. Every deadline reads the same way: up to and including it one may act,
/// after it the other side may time out.
interface IDealEscrow {
    /// @notice What creator and provider sign (EIP-712). The deal's id is the struct hash.
    struct Deal {
        bytes32 job; // sha2-256 of the job offer's dag-cbor body
        bytes32 spec; // sha2-256 of the job specification
        bytes32 certificate; // sha2-256 of the match certificate
        address creator;
        address provider;
        uint256 price; // token units; < 2^96
        uint256 collateral; // token units; < 2^96
        uint256 seatFee; // token units; used by the court
        uint256 submitWindow; // seconds
        uint256 reviewWindow; // seconds
        uint256 voteWindow; // seconds
        uint256 committee; // 0 or 3
        uint256 needs; // capability bits a seat must have
        uint256 openBefore; // unix seconds, inclusive
        uint256 nonce; // unordered, per creator
    }

    /// @notice What came out (EIP-712). `commitment` = keccak256(deal, digest, salt); `charge` ≤ price.
    struct Result {
        bytes32 deal;
        bytes32 commitment;
        bytes32 manifest;
        uint256 charge;
    }

    /// @notice An agreed end: any split of price + collateral (EIP-712).
    struct Close {
        bytes32 deal;
        uint256 toProvider;
        uint256 expiry;
    }

    /// @notice Where a deal's money is. `Closed` is never stored: it is an empty record whose nonce is used.
    enum State {
        None,
        Open,
        Submitted,
        Disputed,
        Closed
    }

    event Deposited(address indexed from, address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    event NonceBurned(address indexed creator, uint256 nonce);
    event Opened(
        bytes32 indexed deal,
        address indexed creator,
        address indexed provider,
        uint256 price,
        uint256 collateral,
        uint256 submitBy
    );
    event Submitted(bytes32 indexed deal, bytes32 resultHash, uint256 reviewBy);
    /// @notice The deal ended with payment by signature or by silence. `toProvider` + `toCreator` = price + collateral.
    event Settled(bytes32 indexed deal, uint256 toProvider, uint256 toCreator);
    event Claimed(bytes32 indexed deal, uint256 toProvider, uint256 toCreator);
    event Forfeited(bytes32 indexed deal, uint256 toProvider, uint256 toCreator);
    event TimedOut(bytes32 indexed deal, uint256 toCreator);
    event ClosedByBoth(bytes32 indexed deal, uint256 toProvider, uint256 toCreator);
    /// @notice The court has it now. Everything that its calls need, for whoever drives the dispute on.
    event Challenged(
        bytes32 indexed deal, address indexed creator, address indexed provider, Deal terms, Result result
    );
    /// @notice The court's verdict was paid out; what is missing from price + collateral went to the seats.
    event Resolved(bytes32 indexed deal, uint256 toProvider, uint256 toCreator);
    /// @notice A batch item was skipped; `reason` is the revert data.
    event ItemSkipped(uint256 indexed index, bytes32 indexed deal, bytes reason);

    error WrongState(bytes32 deal, State actual);
    /// @notice Only the deal's provider may do this, or (settle) anyone with exactly what it submitted.
    error NotParty(bytes32 deal, address caller);
    error BadSignature(address expected);
    error SameParty(address account);
    error NonceUsed(address creator, uint256 nonce);
    error OpenExpired(uint256 openBefore, uint256 nowSec);
    error WindowOutOfRange(uint256 window, uint256 min, uint256 max);
    error AmountTooLarge(uint256 amount, uint256 max);
    error CollateralTooLow(uint256 collateral, uint256 min);
    error SeatFeeTooLow(uint256 seatFee, uint256 min);
    error CommitteeNotAllowed(uint256 committee);
    error ChargeAbovePrice(uint256 charge, uint256 price);
    error SplitTooLarge(uint256 toProvider, uint256 max);
    error WrongResult(bytes32 deal, bytes32 expected, bytes32 actual);
    error TooEarly(uint256 notBefore, uint256 nowSec);
    error TooLate(uint256 notAfter, uint256 nowSec);
    error InsufficientFree(address account, uint256 free, uint256 needed);
    error NotCourt(address caller);
    error TransferShortfall(uint256 expected, uint256 received);
    error BadRecipient(address to);
    error BadConfiguration(address token, uint256 minWindow, uint256 minSeatFee);
    error BatchTooLong(uint256 length, uint256 max);
    error BatchLengthMismatch(uint256 deals, uint256 others);

    // free balances
    function deposit(address account, uint256 amount) external;
    function depositWithPermit(address account, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external;
    function withdraw(address to, uint256 amount) external;
    function freeOf(address account) external view returns (uint256);

    // deals
    /// @notice Locks price and collateral. The provider's call alone, with both signatures on `deal`: its clock starts here, so
    /// it opens once everything that the work needs is with it.
    function open(Deal calldata deal, bytes calldata creatorSignature, bytes calldata providerSignature)
        external
        returns (bytes32 id);
    /// @notice `open` and `settle` at once, or only `settle` if the deal is open. The provider's call alone.
    /// @param resultSignature the creator's on `result`
    function openAndSettle(
        Deal calldata deal,
        Result calldata result,
        bytes calldata creatorSignature,
        bytes calldata providerSignature,
        bytes calldata resultSignature
    ) external;
    /// @param providerSignature empty when the provider calls itself, else its signature on `result`
    function submit(Deal calldata deal, Result calldata result, bytes calldata providerSignature) external;
    /// @notice Pays `result.charge` and the collateral to the provider, the rest to the creator. The provider may bring any Result
    /// that the creator signed, anyone else only the submitted one: neither party sets the charge alone.
    function settle(Deal calldata deal, Result calldata result, bytes calldata creatorSignature) external;
    function claim(Deal calldata deal, Result calldata result) external;
    function forfeit(Deal calldata deal) external;
    function timeoutSubmit(Deal calldata deal) external;
    function close(
        Deal calldata deal,
        Close calldata agreed,
        bytes calldata creatorSignature,
        bytes calldata providerSignature
    ) external;
    /// @notice Takes a submitted deal with a committee to the court, up to reviewBy; locks committee · seatFee of the creator.
    /// @param result the submitted one
    /// @param creatorSignature empty when the creator calls itself, else its signature on `Challenge(deal, result)`
    function challenge(Deal calldata deal, Result calldata result, bytes calldata creatorSignature) external;
    function burn(uint256 nonce) external;
    /// @notice Each item as in `open`, by the same caller; a bad one, or one of another provider, is skipped and reported.
    function openMany(Deal[] calldata deals, bytes[] calldata creatorSignatures, bytes[] calldata providerSignatures)
        external;
    /// @notice Each item as in `settle`, by the same caller; a bad one is skipped and reported.
    function settleMany(Deal[] calldata deals, Result[] calldata results, bytes[] calldata creatorSignatures) external;

    // the court's calls alone
    /// @notice Ends a disputed deal: charge and collateral to the provider, or the price to the creator.
    /// @param collateralToCourt where a provider's that is wrong goes: to the court for its seats, or to the creator
    function resolve(Deal calldata deal, Result calldata result, bool providerRight, bool collateralToCourt) external;
    /// @notice Free balance of `from` to the court.
    function collect(address from, uint256 amount) external;
    /// @notice Free balance of the court to `to`.
    function pay(address to, uint256 amount) external;

    // views
    function dealId(Deal calldata deal) external pure returns (bytes32);
    /// @notice What is stored under an id. An ended deal reads `None` here, because its record was deleted; use `statusOfDeal`.
    /// @return state of the deal
    /// @return deadline unix seconds: submitBy when open, reviewBy when submitted, 0 otherwise
    /// @return resultHash EIP-712 struct hash of the submitted Result, 0 before
    function statusOf(bytes32 id) external view returns (State state, uint64 deadline, bytes32 resultHash);
    /// @notice As `statusOf`, but tells `Closed` from `None`. `Closed` says that this deal holds no money and can never open
    /// (again): it ended, or its nonce was burned or went to another deal of the creator. The events say which.
    function statusOfDeal(Deal calldata deal) external view returns (State state, uint64 deadline, bytes32 resultHash);
    function nonceUsed(address creator, uint256 nonce) external view returns (bool);
    function token() external view returns (address);
    function court() external view returns (address);
    function minWindow() external view returns (uint256);
    function minSeatFee() external view returns (uint256);
    function domainSeparator() external view returns (bytes32);
}
