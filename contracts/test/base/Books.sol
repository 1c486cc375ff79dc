// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BlockhashRandomness} from "../../src/BlockhashRandomness.sol";
import {Court} from "../../src/Court.sol";
import {DcnToken} from "../../src/DcnToken.sol";
import {DealEscrow} from "../../src/DealEscrow.sol";
import {ICourt} from "../../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {Signer} from "./Signer.sol";

/// @title An escrow with its court, a few actors, and books of all money kept beside them.
/// @notice The books are written by what the documents say a call does, so a contract that does something else is found out by
/// comparing. In them a free balance falls in five places, all of them its owner's call or signature: withdrawing, opening,
/// challenging, taking a seat, appealing. A broken promise is noted in `broken`, since a revert of the handler is discarded.
abstract contract Books is Signer {
    uint256 public constant ACTORS = 4;
    uint256 internal constant SEAT_STAKE = 48 ether;
    uint256 internal constant MIN_FEE = 1 ether;
    uint256 internal constant REVEAL_WINDOW = 600;
    uint256 internal constant APPEAL_WINDOW = 1200;
    uint256 internal constant ACTIVATION = 30;
    uint256 internal constant EXIT_DELAY = 500;
    uint256 internal constant BLOCK_SEC = 12;
    bytes32 internal constant SALT = keccak256("salt");
    bytes32 internal constant RIGHT = keccak256("right");
    bytes32 internal constant LIE = keccak256("lie");
    bytes32 internal constant TIMEOUT = sha256(hex"a1676f7574636f6d656774696d656f7574"); // dag-cbor {outcome: "timeout"}
    uint256 private constant FUNDS = 1_000_000 ether;
    uint256 private constant FIRST_KEY = 0xA11CE;
    /// @dev the account that nobody holds
    address internal constant NOBODY = address(0xdEaD);

    DcnToken public immutable token;
    Court public immutable court;
    address[] internal actors;
    /// @dev everybody who can have a free balance, the actors first
    address[] internal accounts;
    mapping(address account => uint256) internal freeInBooks;
    uint256 public lockedInBooks;
    uint256 public donated;
    IDealEscrow.State[] public states;
    uint256[] public deadlines;
    IDealEscrow.Deal[] internal _deals;
    IDealEscrow.Result[] internal _submitted;
    /// @dev what the provider of each deal put its signature to, submitted or not: whoever has one may bring it
    IDealEscrow.Result[][] internal _promised;
    uint256[] internal _live;
    string public broken;
    /// @dev how often what happened: a run that opens nothing proves nothing
    mapping(bytes4 call => uint256) public successes;

    constructor() {
        token = new DcnToken(address(this), FUNDS);
        address randomness = address(new BlockhashRandomness());
        // the court is this contract's next deployment, the escrow the one after it
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        court = new Court(
            next, randomness, ICourt.Settings(SEAT_STAKE, REVEAL_WINDOW, APPEAL_WINDOW, ACTIVATION, EXIT_DELAY)
        );
        escrow = new DealEscrow(address(token), address(court), 30, MIN_FEE);
        token.approve(address(escrow), type(uint256).max);
        accounts.push(NOBODY);
        for (uint256 i = 0; i < ACTORS; ++i) {
            actors.push(vm.addr(FIRST_KEY + i));
            accounts.push(actors[i]);
            _deposit(actors[i], 3_000 ether);
        }
    }

    // ---- what the invariants read

    /// @return everybody, and the free balance of each by the books
    function balances() external view returns (address[] memory, uint256[] memory amounts) {
        amounts = new uint256[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            amounts[i] = freeInBooks[accounts[i]];
        }
        return (accounts, amounts);
    }

    function dealCount() external view returns (uint256) {
        return _deals.length;
    }

    function liveDeals() external view returns (uint256[] memory) {
        return _live;
    }

    function idAt(uint256 i) external view returns (bytes32) {
        return idOf(_deals[i]);
    }

    function dealAt(uint256 i) external view returns (IDealEscrow.Deal memory) {
        return _deals[i];
    }

    // ---- entries

    function _deposit(address actor, uint256 amount) internal {
        escrow.deposit(actor, amount);
        freeInBooks[actor] += amount;
    }

    function _register(IDealEscrow.Deal memory deal) internal {
        freeInBooks[deal.creator] -= deal.price;
        freeInBooks[deal.provider] -= deal.collateral;
        lockedInBooks += deal.price + deal.collateral;
        _live.push(_deals.length);
        _deals.push(deal);
        states.push(IDealEscrow.State.Open);
        deadlines.push(block.timestamp + deal.submitWindow);
        _submitted.push();
        _promised.push();
    }

    function _noteSubmitted(uint256 i, IDealEscrow.Result memory result) internal {
        if (states[i] != IDealEscrow.State.Open) broken = "submitted twice";
        if (block.timestamp > deadlines[i]) broken = "submitted late";
        states[i] = IDealEscrow.State.Submitted;
        deadlines[i] = block.timestamp + _deals[i].reviewWindow;
        _submitted[i] = result;
    }

    function _endedFrom(uint256 i, IDealEscrow.State needed, uint256 toProvider) internal {
        if (states[i] != needed) broken = "ended from a state that does not allow it";
        _ended(i, toProvider);
    }

    function _ended(uint256 i, uint256 toProvider) internal {
        IDealEscrow.Deal memory deal = _deals[i];
        if (states[i] == IDealEscrow.State.Disputed) broken = "a disputed deal ended without its court";
        freeInBooks[deal.provider] += toProvider;
        freeInBooks[deal.creator] += deal.price + deal.collateral - toProvider;
        _close(i);
    }

    /// @dev The deal holds no money any more; the caller has written where it went.
    function _close(uint256 i) internal {
        if (states[i] == IDealEscrow.State.Closed) broken = "ended twice";
        lockedInBooks -= _deals[i].price + _deals[i].collateral;
        (states[i], deadlines[i]) = (IDealEscrow.State.Closed, 0);
        _remove(_live, i);
    }

    function _remove(uint256[] storage list, uint256 value) internal {
        for (uint256 k = 0; k < list.length; ++k) {
            if (list[k] != value) continue;
            list[k] = list[list.length - 1];
            list.pop();
            return;
        }
    }

    // ---- making calls

    function _signAs(address actor, bytes32 structHash) internal view returns (bytes memory) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (actors[i] == actor) return sign(FIRST_KEY + i, structHash);
        }
        return "";
    }

    function _call(bytes memory data) internal returns (bool success) {
        (success,) = address(escrow).call(data);
        if (success) successes[bytes4(data)]++;
    }

    function _callCourt(bytes memory data) internal returns (bool success, bytes memory answer) {
        (success, answer) = address(court).call(data);
        if (success) successes[bytes4(data)]++;
    }

    /// @return one of few, so that votes agree and differ; 0, which cannot be opened, now and then
    function _digestAt(uint256 choice) internal pure returns (bytes32) {
        choice %= 8;
        return choice < 4 ? RIGHT : choice < 6 ? LIE : choice == 6 ? TIMEOUT : bytes32(0);
    }

    /// @dev Time and blocks together.
    function _pass(uint256 time) internal {
        vm.warp(block.timestamp + time);
        vm.roll(block.number + (time + BLOCK_SEC - 1) / BLOCK_SEC);
    }

    function _waitUntil(uint256 time) internal {
        if (time > block.timestamp) _pass(time - block.timestamp);
    }
}
