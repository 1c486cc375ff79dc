// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {ICourt} from "./interfaces/ICourt.sol";
import {IDealEscrow} from "./interfaces/IDealEscrow.sol";
import {IJobBoard, IJobConsumer} from "./interfaces/IJobBoard.sol";
import {BoardTerms} from "./libraries/BoardTerms.sol";
import {DealHash} from "./libraries/DealHash.sol";
import {RunDigest} from "./libraries/RunDigest.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title Board of jobs that contracts and wallets ask for. See IJobBoard and docs/board.md.
/// @dev Beside escrow and court, which know nothing of it: it only reads them. A lane of a requester occupies one word, which holds the hash of
/// the open request and then of what came of it, until the next one. Terms travel in calldata and are found by their hash.
///
/// The agent is the creator of an ordinary deal, whose nonce is the request's, and pays it with its own money; a delivery gives it back, with
/// the fee. What it brings must be signed by the deal's provider, and the deal must be over: not in dispute, and out of anybody's reach.
/// It brings it itself: the escrow says of any deal under a used nonce that it is closed, also of one that somebody made up.
contract JobBoard is IJobBoard, ReentrancyGuardTransient {
    using BoardTerms for Order;
    using BoardTerms for Request;
    using DealHash for IDealEscrow.Deal;
    using DealHash for IDealEscrow.Result;
    using RunDigest for Run;
    using SafeERC20 for IERC20;
    using Signatures for address;

    /// @dev The lowest bits of a lane's word say what the rest is the hash of, so that nothing that somebody signed can stand for another state.
    uint256 private constant TAG = 3;
    /// @dev Of a deal's nonce: a retry has another one, in the same word of the escrow.
    uint256 private constant ATTEMPTS = 0xff;
    /// @dev For what surrounds the callback itself.
    uint256 private constant GAS_RESERVE = 10_000;

    /// @inheritdoc IJobBoard
    IDealEscrow public immutable escrow;
    /// @inheritdoc IJobBoard
    ICourt public immutable court;
    IERC20 private immutable _token;

    mapping(address requester => mapping(uint256 lane => bytes32 word)) private _lanes;
    mapping(address account => uint256 amount) private _credits;

    /// @param escrow_ one with a court: its seats are those that serve here
    constructor(address escrow_) {
        escrow = IDealEscrow(escrow_);
        court = ICourt(IDealEscrow(escrow_).court());
        _token = IERC20(IDealEscrow(escrow_).token());
        if (address(court) == address(0)) revert BadEscrow(escrow_);
    }

    // ---- asking

    /// @inheritdoc IJobBoard
    function request(Order calldata order, bytes calldata job) external nonReentrant returns (bytes32) {
        return _request(order, job);
    }

    /// @inheritdoc IJobBoard
    function requestWithPermit(
        Order calldata order,
        bytes calldata job,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (bytes32) {
        order.check(); // the sum below cannot overflow
        // anyone may have brought the permit already; then the allowance is there and its failure does not matter
        try IERC20Permit(address(_token)).permit(msg.sender, address(this), order.bid + order.fee, deadline, v, r, s) {}
            catch {}
        return _request(order, job);
    }

    // ---- ending

    /// @inheritdoc IJobBoard
    function deliver(Request calldata r, Delivery calldata d, bytes calldata providerSignature) external nonReentrant {
        bytes32 id = _open(r);
        if (block.timestamp > r.createdAt + r.timeout) revert TooLate(r.createdAt + r.timeout, block.timestamp);
        _checkTurn(id, r, d);
        bytes32 digest = _checkResult(id, r, d, providerSignature);
        bytes32 manifest = d.result.manifest;
        _lanes[r.requester][r.lane] = _tagged(_resultHash(id, manifest, digest), State.Delivered);
        _credit(d.deal.creator, d.result.charge + r.fee);
        _credit(r.requester, r.bid - d.result.charge);
        uint256 exitCode = d.run.outcome == 0 ? d.run.exitCode : 256 + d.run.outcome;
        emit Delivered(id, d.deal.creator, d.result.deal, manifest, digest, d.result.charge, exitCode);
        if (r.callback == address(0)) return;
        IJobConsumer.JobResult memory told = d.run.told(digest, manifest);
        (told.agent, told.charge) = (d.deal.creator, d.result.charge);
        _call(id, r, told);
    }

    /// @inheritdoc IJobBoard
    function refund(Request calldata r) external nonReentrant {
        bytes32 id = _open(r);
        uint256 deadline = r.createdAt + r.timeout;
        if (block.timestamp <= deadline) revert TooEarly(deadline + 1, block.timestamp);
        _lanes[r.requester][r.lane] = _tagged(id, State.Refunded);
        emit Refunded(id, r.requester, r.bid + r.fee);
        _token.safeTransfer(r.requester, r.bid + r.fee);
    }

    /// @inheritdoc IJobBoard
    function withdraw(address account) external nonReentrant {
        uint256 amount = _credits[account];
        if (amount == 0) revert NothingToWithdraw(account);
        _credits[account] = 0;
        emit Withdrawn(account, amount);
        _token.safeTransfer(account, amount);
    }

    // ---- views

    /// @inheritdoc IJobBoard
    function idOf(Request calldata r) external pure returns (bytes32) {
        return r.idOf();
    }

    /// @inheritdoc IJobBoard
    function laneOf(address requester, uint256 lane) external view returns (State) {
        return _stateOf(_lanes[requester][lane]);
    }

    /// @inheritdoc IJobBoard
    function isResult(Request calldata r, bytes32 manifest, bytes32 digest) external view returns (bool) {
        return _lanes[r.requester][r.lane] == _tagged(_resultHash(r.idOf(), manifest, digest), State.Delivered);
    }

    /// @inheritdoc IJobBoard
    function placeOf(bytes32 id, uint256 seat, uint256 turns) external pure returns (uint256) {
        return BoardTerms.placeOf(id, seat, turns);
    }

    /// @inheritdoc IJobBoard
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IJobBoard
    function token() external view returns (address) {
        return address(_token);
    }

    // ---- shared steps

    /// @dev Takes from the caller only: an allowance given to the board is nobody else's to spend.
    function _request(Order calldata order, bytes calldata job) private returns (bytes32 id) {
        order.check();
        Request memory r = Request({
            requester: msg.sender,
            spec: BoardTerms.specOf(job),
            bid: order.bid,
            fee: order.fee,
            callback: order.callback,
            callbackGas: order.callbackGas,
            turn: order.turn,
            turns: order.turns,
            timeout: order.timeout,
            lane: order.lane,
            createdAt: block.timestamp,
            // with the board, so that an order that is placed at two boards at once has two ids
            seed: Hashes.efficientKeccak256(blockhash(block.number - 1), bytes32(uint256(uint160(address(this)))))
        });
        if (_stateOf(_lanes[msg.sender][order.lane]) == State.Open) revert LaneBusy(msg.sender, order.lane);
        id = keccak256(abi.encode(r));
        _lanes[msg.sender][order.lane] = _tagged(id, State.Open);
        emit Requested(id, msg.sender, r, job);
        uint256 amount = order.bid + order.fee;
        uint256 before = _token.balanceOf(address(this));
        _token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = _token.balanceOf(address(this)) - before;
        if (received < amount) revert TransferShortfall(amount, received);
    }

    /// @dev That the deal is about this request's job, that its provider signed the Result, and that the Result is of this run.
    function _checkResult(bytes32 id, Request calldata r, Delivery calldata d, bytes calldata signature)
        private
        view
        returns (bytes32 digest)
    {
        bytes32 deal = d.deal.ofDeal();
        if (d.deal.spec != r.spec) revert WrongSpec(r.spec, d.deal.spec);
        if (d.result.deal != deal) revert WrongResult(deal, d.result.deal);
        if (d.result.charge > r.bid) revert ChargeAboveBid(d.result.charge, r.bid);
        digest = d.run.digestOf();
        bytes32 commitment = keccak256(abi.encode(deal, digest, d.run.salt));
        if (d.result.commitment != commitment) revert WrongResult(d.result.commitment, commitment);
        if ((d.deal.nonce ^ uint256(id)) > ATTEMPTS) revert WrongNonce(d.deal.nonce, id);
        if (d.deal.creator == d.deal.provider) revert SameParty(d.deal.creator);
        bytes32 signed = keccak256(abi.encodePacked(hex"1901", escrow.domainSeparator(), d.result.ofResult()));
        if (!d.deal.provider.isValid(signed, signature)) revert BadSignature(d.deal.provider);
        (IDealEscrow.State state,,) = escrow.statusOfDeal(d.deal);
        if (state != IDealEscrow.State.Closed) revert DealNotClosed(deal, state);
    }

    /// @dev That the caller is the deal's creator, has had the seat since before anybody knew the request, and that its turn has come. Not in
    /// the second of the request: the same order could be placed again in it, under the same id, and the deal would answer both.
    function _checkTurn(bytes32 id, Request calldata r, Delivery calldata d) private view {
        if (msg.sender != d.deal.creator) revert NotAgent(msg.sender, d.seat);
        ICourt.Seat memory seat = court.seatAt(d.seat);
        bool isLeaving = seat.exit != 0 && seat.exit < r.createdAt;
        if (seat.owner != d.deal.creator || seat.from >= r.createdAt || isLeaving) {
            revert NotAgent(d.deal.creator, d.seat);
        }
        uint256 delay = BoardTerms.placeOf(id, d.seat, r.turns) * r.turn;
        uint256 from = r.createdAt + (delay == 0 ? 1 : delay);
        if (block.timestamp < from) revert TooEarly(from, block.timestamp);
    }

    /// @dev The last thing that a delivery does. Nothing of what comes back is copied, and what it does with its gas is its own affair: it
    /// gets exactly what was promised, else the whole delivery fails and can be made again with more.
    function _call(bytes32 id, Request calldata r, IJobConsumer.JobResult memory result) private {
        bytes memory data = abi.encodeCall(IJobConsumer.onJobDone, (id, result));
        (address callback, uint256 gasLimit) = (r.callback, r.callbackGas);
        // EIP-150: a call gets at most 63 of 64 parts of what is left
        uint256 needed = gasLimit * 64 / 63 + GAS_RESERVE;
        if (gasleft() < needed) revert NotEnoughGas(gasleft(), needed);
        bool success;
        assembly ("memory-safe") {
            success := call(gasLimit, callback, 0, add(data, 0x20), mload(data), 0, 0)
        }
        if (!success) emit CallbackFailed(id, callback);
    }

    function _open(Request calldata r) private view returns (bytes32 id) {
        id = r.idOf();
        bytes32 word = _lanes[r.requester][r.lane];
        if (word == _tagged(id, State.Open)) return id;
        State state = _stateOf(word);
        // another request is open in the lane
        revert WrongRequestState(id, state == State.Open ? State.None : state);
    }

    function _tagged(bytes32 hash, State state) private pure returns (bytes32) {
        return bytes32((uint256(hash) & ~TAG) | uint256(state));
    }

    function _stateOf(bytes32 word) private pure returns (State) {
        return State(uint256(word) & TAG);
    }

    function _resultHash(bytes32 id, bytes32 manifest, bytes32 digest) private pure returns (bytes32) {
        return keccak256(abi.encode(id, manifest, digest));
    }

    function _credit(address account, uint256 amount) private {
        if (amount != 0) _credits[account] += amount;
    }
}
