// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "./ICourt.sol";
import {IDealEscrow} from "./IDealEscrow.sol";

/// @title Jobs that contracts and wallets ask for.
/// @notice Whoever asks pays in advance, from its own account. An owner of seats of the court, chosen by rendezvous hashing, has the
/// job run as the creator of an ordinary deal, and brings what the deal's provider signed. No owner, no upgrade, no privileged key.
/// Deadlines read as in the escrow: up to and including it a result counts, after it the money goes back.
interface IJobBoard {
    /// @notice What the caller asks for.
    struct Order {
        uint256 bid; // token units; the most that the deal may cost; < 2^96
        uint256 fee; // token units; for the agent; < 2^96
        address callback; // an IJobConsumer, or the zero address for none
        uint256 callbackGas; // exactly what the callback gets; ≤ 1,000,000
        uint256 turn; // seconds that one agent has before the next may do it too; ≤ 1 day
        uint256 turns; // over how many turns the seats are spread: as many as the court has, or fewer to have it sooner; ≤ 2^32
        uint256 timeout; // seconds after which the money goes back; turn to 30 days
        uint256 lane; // where the requester keeps what came of it, until it asks there again; one request at a time
    }

    /// @notice An order as it was placed. All of it travels in calldata again, and its hash is the request's id.
    struct Request {
        address requester;
        bytes32 spec; // sha2-256 of the job specification
        uint256 bid;
        uint256 fee;
        address callback;
        uint256 callbackGas;
        uint256 turn;
        uint256 turns;
        uint256 timeout;
        uint256 lane;
        uint256 createdAt; // unix seconds
        bytes32 seed; // of the hash of the block before and the board: nobody knew it when seats were taken
    }

    /// @notice What a run came to. The digest that the provider committed to is made of it again.
    struct Run {
        uint8 outcome; // 0 exited, 1 timeout, 2 out-of-memory, 3 disk-full; in the last three only that counts
        uint8 exitCode;
        uint8 stdoutCodec; // 0x55 (one block) or 0x70 (a UnixFS tree)
        bytes32 stdout; // sha2-256 in the CID of the standard output
        bytes32 outputs; // sha2-256 in the CID of the directory of outputs (codec 0x70)
        bytes32 salt; // of the commitment
    }

    /// @notice A delivery: the deal, the Result that its provider signed, and what that Result commits to.
    struct Delivery {
        IDealEscrow.Deal deal;
        IDealEscrow.Result result;
        Run run;
        uint256 seat; // position of a seat of the deal's creator
    }

    enum State {
        None,
        Open,
        Delivered,
        Refunded
    }

    /// @param job the 36 bytes of the specification's CID, or the specification's block itself
    event Requested(bytes32 indexed id, address indexed requester, Request request, bytes job);
    /// @notice `agent` gets `charge` + fee, the requester the rest of its bid.
    event Delivered(
        bytes32 indexed id,
        address indexed agent,
        bytes32 indexed deal,
        bytes32 manifest,
        bytes32 digest,
        uint256 charge,
        uint256 exitCode // 256 + outcome where the program did not exit
    );
    /// @notice The callback failed or ran out of its gas. The result stands.
    event CallbackFailed(bytes32 indexed id, address callback);
    event Refunded(bytes32 indexed id, address indexed requester, uint256 amount);
    event Withdrawn(address indexed account, uint256 amount);

    error WrongRequestState(bytes32 id, State actual);
    /// @notice The requester's last request in this lane is still open.
    error LaneBusy(address requester, uint256 lane);
    error TooEarly(uint256 notBefore, uint256 nowSec);
    error TooLate(uint256 notAfter, uint256 nowSec);
    error OutOfRange(uint256 value, uint256 min, uint256 max);
    /// @notice `job` is neither a CID of a specification (36 bytes) nor a block of at most 4,096.
    error BadJob(uint256 length, uint256 max);
    /// @notice The deal is about another specification than the request.
    error WrongSpec(bytes32 expected, bytes32 actual);
    /// @notice What is brought does not belong together: Result and deal, or commitment and run.
    error WrongResult(bytes32 expected, bytes32 actual);
    error BadSignature(address expected);
    /// @notice The seat is not this account's, or not since before the request, or the deal is not.
    error NotAgent(address account, uint256 seat);
    error DealNotClosed(bytes32 deal, IDealEscrow.State actual);
    /// @notice The deal's nonce is another request's: all bits but the lowest eight are those of the id.
    error WrongNonce(uint256 nonce, bytes32 id);
    error ChargeAboveBid(uint256 charge, uint256 bid);
    error SameParty(address account);
    /// @notice Less gas is left than the callback was promised.
    error NotEnoughGas(uint256 left, uint256 needed);
    error NothingToWithdraw(address account);
    error TransferShortfall(uint256 expected, uint256 received);
    error BadEscrow(address escrow);

    /// @notice Takes bid + fee from the caller, by an allowance that it gave to this contract.
    /// @param job CID of the specification (36 bytes: 0x01711220 and the digest), or its dag-cbor block, at most 4,096 bytes
    function request(Order calldata order, bytes calldata job) external returns (bytes32 id);
    /// @notice `request` with the caller's ERC-2612 permit, of exactly bid + fee to this contract.
    function requestWithPermit(
        Order calldata order,
        bytes calldata job,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (bytes32 id);
    /// @notice Ends a request with a result, credits the agent and the requester, and calls the callback. The creator of the deal brings it.
    /// @param providerSignature of the deal's provider on the Result
    function deliver(Request calldata request_, Delivery calldata delivery, bytes calldata providerSignature) external;
    /// @notice Sends bid + fee back to the requester, once the time is over. Anyone may call.
    function refund(Request calldata request_) external;
    /// @notice Sends an account what is credited to it. Anyone may call, so a contract without a function for it gets its rest too.
    function withdraw(address account) external;

    function idOf(Request calldata request_) external pure returns (bytes32);
    /// @notice What became of the last request in a lane.
    function laneOf(address requester, uint256 lane) external view returns (State);
    /// @notice Whether this came of a request, as long as its lane is not used again. The event `Delivered` tells the values.
    function isResult(Request calldata request_, bytes32 manifest, bytes32 digest) external view returns (bool);
    /// @notice Whose turn is when: place 0 at once, each further one a turn later.
    /// @return place 0 to turns - 1; several seats may share one. Place 0 begins in the second after the request
    function placeOf(bytes32 id, uint256 seat, uint256 turns) external pure returns (uint256 place);
    function creditOf(address account) external view returns (uint256);
    function escrow() external view returns (IDealEscrow);
    function court() external view returns (ICourt);
    function token() external view returns (address);
}

/// @title What a callback implements. Check that the caller is the board, and that the request is yours.
interface IJobConsumer {
    /// @notice What came out, with CIDs as bytes.
    struct JobResult {
        uint8 outcome; // as in IJobBoard.Run
        uint8 exitCode;
        bytes32 digest; // equal for two runs that came to the same
        address agent; // who brought it: an owner of seats, and the creator of the deal
        uint256 charge; // token units; what the deal cost. The rest of the bid is the requester's
        bytes manifest; // CID of the result's manifest
        bytes stdout; // CID of the standard output; empty unless the program exited
        bytes outputs; // CID of the directory of outputs; empty unless the program exited
    }

    function onJobDone(bytes32 request, JobResult calldata result) external;
}
