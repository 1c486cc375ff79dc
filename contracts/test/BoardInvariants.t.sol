// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IJobBoard} from "../src/interfaces/IJobBoard.sol";
import {BoardHandler} from "./base/BoardHandler.sol";
import {Test} from "./base/Test.sol";

/// @title What holds on the board after any sequence of calls, and that anybody alone ends everything.
contract BoardInvariantsTest is Test {
    uint256 private constant CALLS = 1500;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    BoardHandler private _world;
    IJobBoard private _board;

    function setUp() public {
        _world = new BoardHandler();
        _world.prepare();
        _board = _world.theBoard();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_world);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_world), _calls());
    }

    function invariant_mustHold() public view {
        uint256 owed = _world.openInBooks() + _world.creditsInBooks();
        uint256 held = _world.balanceOf(address(_board));
        assertEq(held, owed + _world.donated(), "the board holds what is open and what is credited");
        for (uint256 i = 0; i < 5; ++i) {
            address account = _world.accountOf(i);
            assertEq(_board.creditOf(account), _world.creditInBooks(account), "credit");
        }
        for (uint256 i = 0; i < 2; ++i) {
            address requester = _world.requesters(i);
            assertTrue(_world.paidOut(requester) <= _world.paidIn(requester), "nobody gets more back than it paid");
        }
        assertTrue(bytes(_world.broken()).length == 0, _world.broken());
    }

    /// @dev From wherever a run stopped, a bounded wait and calls that are anybody's end every request and bring all money out.
    function afterInvariant() public {
        _world.driveAll();
        invariant_mustHold();
        assertEq(_world.openInBooks() + _world.creditsInBooks() + _world.openLanes(), 0, "everything ended");
        assertEq(_world.balanceOf(address(_board)), _world.donated(), "everything paid out");
    }

    /// @dev Invariants that hold because nothing ever happens prove nothing.
    function test_handler_reachesEveryCall() public {
        bytes4[] memory calls = _calls();
        for (uint256 i = 0; i < CALLS; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            bytes memory args = abi.encode(seed >> 8, seed >> 16, seed >> 24);
            (bool success,) = address(_world).call(abi.encodePacked(calls[seed % calls.length], args));
            assertTrue(success, "a handler never fails");
        }
        bytes4[4] memory wanted = [
            IJobBoard.request.selector,
            IJobBoard.deliver.selector,
            IJobBoard.refund.selector,
            IJobBoard.withdraw.selector
        ];
        for (uint256 i = 0; i < wanted.length; ++i) {
            assertTrue(_world.successes(wanted[i]) >= 3, "reached");
        }
        afterInvariant();
    }

    function _calls() private pure returns (bytes4[] memory calls) {
        calls = new bytes4[](12);
        calls[0] = BoardHandler.ask.selector;
        calls[1] = BoardHandler.work.selector;
        calls[2] = BoardHandler.deliver.selector;
        calls[3] = BoardHandler.misdeliver.selector;
        calls[4] = BoardHandler.refund.selector;
        calls[5] = BoardHandler.withdraw.selector;
        calls[6] = BoardHandler.wait.selector;
        calls[7] = BoardHandler.donate.selector;
        calls[9] = BoardHandler.work.selector;
        calls[10] = BoardHandler.ask.selector;
        calls[8] = BoardHandler.deliver.selector;
        calls[11] = BoardHandler.forge.selector;
    }
}
