// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "./IDealEscrow.sol";

/// @title Court of seats drawn by lot. See docs/court.md.
/// @notice No owner, no upgrade, no privileged key. The provider is right until a majority of the seats of a round says otherwise.
/// All money lies in the escrow: the court's free balance there is the sum of stakes and of the deposits of live disputes.
interface ICourt {
    enum Phase {
        None,
        Drawing, // waiting for the seed, then for seats
        Voting, // seats run the job and commit to a digest
        Revealing, // seats open their votes, the provider its commitment
        Judged // until the end of the appeal window
    }

    enum Standing {
        None,
        Drawn,
        Committed,
        Revealed,
        RevealedOrTimeout, // would also have taken a timeout for an answer
        Declined,
        Excused // drawn in a round that never took place
    }

    /// @notice One lot in the draw. Every seat stakes the same; an owner may have several.
    struct Seat {
        address owner; // slot 0: 20 bytes; zero: vacant
        uint96 risk; // slot 0: 12 bytes; what the disputes it sits in can cost it
        uint96 stake; // slot 1: 12 bytes; a seat that was right is paid without it
        uint48 from; // slot 1: 6 bytes; unix seconds, may be drawn for disputes that begin later
        uint48 exit; // slot 1: 6 bytes; unix seconds, when leaving was asked for, or 0
        uint64 capabilities; // slot 1: 8 bytes; what it can run again
    }

    /// @notice A seat in a dispute.
    /// @dev 26 bytes of a hash: nobody finds two votes with the same ones (2^104), and the member fits one word.
    struct Member {
        uint32 seat;
        uint8 round;
        Standing standing;
        bytes26 vote; // commitment, then digest
    }

    /// @dev One word: 31 bytes.
    struct Dispute {
        Phase phase;
        uint8 round; // 0, 1, 2: of 3, 7, 15 seats
        uint8 rearms;
        bool seeded;
        bool providerWrong; // what the last judged round said
        uint8 first; // index of this round's first member
        uint8 members; // of all rounds
        uint8 seated; // members of this round that did not decline; its size from Voting on
        uint8 committed;
        uint8 revealed;
        uint16 cursor; // probes of this round so far
        uint32 seatCount; // at the challenge
        uint40 challengedAt; // unix seconds
        uint40 roundAt; // unix seconds: challenge or appeal
        uint40 deadline; // unix seconds; 0 while there is none
    }

    /// @notice Fixed at deployment; windows in seconds.
    struct Settings {
        uint256 seatStake; // token units
        uint256 revealWindow;
        uint256 appealWindow;
        uint256 activation; // from taking a seat until disputes that begin then may draw it
        uint256 exitDelay; // from asking to leave until the stake is free
    }

    event SeatTaken(uint256 indexed seat, address indexed owner, uint64 capabilities, uint256 from);
    event SeatExitAsked(uint256 indexed seat, address indexed owner, uint256 leaveAfter);
    event SeatLeft(uint256 indexed seat, address indexed owner, uint256 stake);

    /// @notice A round waits for the seed of `ticket`.
    event Armed(bytes32 indexed deal, uint256 round, uint256 ticket);
    event Drawn(bytes32 indexed deal, address indexed owner, uint256 round, uint256 member, uint256 seat);
    event VotingBegan(bytes32 indexed deal, uint256 round, uint256 voteBy);
    event Declined(bytes32 indexed deal, uint256 member);
    event Committed(bytes32 indexed deal, uint256 member);
    event Revealed(bytes32 indexed deal, uint256 member, bytes32 digest, bool orTimeout);
    event CommitmentRevealed(bytes32 indexed deal, bytes32 digest);
    /// @notice What a round came to; `appealBy` is 0 when there is no other: after the third, or if the commitment was not opened.
    event Judged(bytes32 indexed deal, uint256 round, bool providerWrong, uint256 appealBy);
    /// @notice Too few seats could be drawn: the verdict before stands, this round's deposit goes back.
    event Undrawn(bytes32 indexed deal, uint256 round);
    event Appealed(bytes32 indexed deal, uint256 round, address indexed payer, bool forCreator, uint256 deposit);
    event SeatPaid(bytes32 indexed deal, uint256 indexed seat, address indexed owner, uint256 amount);
    event SeatSlashed(bytes32 indexed deal, uint256 indexed seat, address indexed owner, uint256 amount);
    event Finished(bytes32 indexed deal, bool providerWrong, uint256 pot, uint256 paidSeats);

    error BadSettings(uint256 value, uint256 min, uint256 max);
    error NotEscrow(address caller);
    error WrongPhase(bytes32 deal, Phase actual);
    error NotSeatOwner(uint256 seat, address caller);
    error WrongSeatState(uint256 seat);
    error SeatAtRisk(uint256 seat, uint256 risk);
    error WrongStanding(bytes32 deal, uint256 member, Standing actual);
    error NotEnoughSeats(uint256 seats, uint256 needed);
    error SeedPending(bytes32 deal, uint256 ticket);
    error SeedMissed(bytes32 deal, uint256 ticket);
    error SeedNotMissed(bytes32 deal, uint256 ticket);
    error TooManyRearms(bytes32 deal, uint256 max);
    error NothingToDraw(bytes32 deal);
    error WrongReveal(bytes32 deal);
    error LastRound(bytes32 deal);
    error WrongRound(bytes32 deal, uint256 next);

    // seats
    /// @notice Stakes seatStake of the caller's free balance in the escrow.
    function takeSeat(uint64 capabilities) external returns (uint256 seat);
    /// @notice From now on disputes and appeals that begin do not draw the seat.
    function askExit(uint256 seat) external;
    /// @notice Frees the stake, once the delay is over and no dispute holds the seat.
    function leaveSeat(uint256 seat) external;

    // disputes
    /// @notice The escrow's call alone, when a deal is challenged.
    function begin(bytes32 deal) external;
    /// @notice Draws seats by the seed, up to 48 probes a call.
    function draw(IDealEscrow.Deal calldata deal) external;
    /// @notice Asks for a new seed when the one before was missed.
    function rearm(bytes32 deal) external;
    /// @param vote the first 26 bytes of `voteHash`
    function commit(bytes32 deal, uint256 member, bytes26 vote) external;
    /// @notice In the first third of the vote window, for one seat fee. Draws another seat in its place, or fails.
    function decline(IDealEscrow.Deal calldata deal, uint256 member) external;
    /// @param digest of the member's own run
    /// @param orTimeout that run took long enough for `timeout` to be an honest answer too
    function reveal(bytes32 deal, uint256 member, bytes32 digest, bool orTimeout, bytes32 salt) external;
    /// @notice Opens the provider's commitment of the submitted Result, in the first round; anyone who knows it may.
    function revealCommitment(IDealEscrow.Result calldata result, bytes32 digest, bytes32 salt) external;
    /// @notice Closes a round whose time is over, or that could not be drawn.
    function tally(IDealEscrow.Deal calldata deal) external;
    /// @notice A larger round, paid by the caller, for whoever the verdict went against.
    /// @param opens the round that it is to open: 1 or 2
    function appeal(IDealEscrow.Deal calldata deal, uint256 opens) external;
    /// @notice Moves all the money, after the last appeal window. Needs no signature.
    function finish(IDealEscrow.Deal calldata deal, IDealEscrow.Result calldata result) external;

    // views
    function voteHash(bytes32 deal, uint256 round, uint256 seat, bytes32 digest, bool orTimeout, bytes32 salt)
        external
        pure
        returns (bytes32);
    function disputeOf(bytes32 deal) external view returns (Dispute memory);
    /// @return ticketOrSeed the randomness ticket until the dispute is seeded, then the seed
    /// @return digest of the provider's result, once its commitment is revealed
    function evidenceOf(bytes32 deal) external view returns (bytes32 ticketOrSeed, bytes32 digest);
    function memberOf(bytes32 deal, uint256 member) external view returns (Member memory);
    function membersOf(bytes32 deal) external view returns (Member[] memory);
    function seatCount() external view returns (uint256);
    function seatAt(uint256 seat) external view returns (Seat memory);
    /// @notice At most `count` seats from index `start`, vacant ones included.
    function seatsFrom(uint256 start, uint256 count) external view returns (Seat[] memory);
    function settings() external view returns (Settings memory);
    function escrow() external view returns (IDealEscrow);
    function randomness() external view returns (address);
}
