// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AskMajority} from "../src/examples/AskMajority.sol";
import {IJobBoard} from "../src/interfaces/IJobBoard.sol";
import {MajorityHandler} from "./base/MajorityHandler.sol";
import {Test} from "./base/Test.sol";

/// @title What comes in goes out, to whom it belongs, after any sequence of calls.
contract MajorityInvariantsTest is Test {
    uint256 private constant CALLS = 600;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    MajorityHandler private _world;

    function setUp() public {
        _world = new MajorityHandler();
        _world.prepare();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_world);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_world), _calls());
    }

    /// @dev A delivery is four transactions and two signatures, so fewer runs than elsewhere say as much in the same time.
    /// forge-config: ci.invariant.runs = 16
    /// forge-config: ci.invariant.depth = 250
    function invariant_mustHold() public view {
        uint256 owed = _world.owedInBooks();
        assertEq(_world.held(), owed + _world.donated(), "it holds what it owes");
        (address one, address other) = _world.askers();
        uint256 paidIn = _world.paidIn(one) + _world.paidIn(other);
        uint256 paidOut = _world.paidOut(one) + _world.paidOut(other);
        assertEq(paidIn, paidOut + owed + _world.spent() + _world.openInBooks(), "what came in is somewhere");
        assertTrue(_world.paidOut(one) <= _world.paidIn(one), "nobody gets more back than it paid");
        assertTrue(_world.paidOut(other) <= _world.paidIn(other), "nobody gets more back than it paid");
        _world.checkStates();
        assertTrue(bytes(_world.broken()).length == 0, _world.broken());
    }

    /// @dev From wherever a run stopped, a wait and calls that are anybody's bring all money to whom it belongs.
    function afterInvariant() public {
        _world.driveAll();
        invariant_mustHold();
        assertEq(_world.openInBooks() + _world.owedInBooks(), 0, "everything ended");
        assertEq(_world.held(), _world.donated(), "everything paid out");
    }

    /// @dev Invariants that hold because nothing ever happens prove nothing.
    function test_handler_reachesEveryCall() public {
        bytes4[] memory calls = _calls();
        for (uint256 i = 0; i < CALLS; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            bytes memory args = abi.encode(seed >> 8, seed >> 24, seed >> 40);
            (bool success,) = address(_world).call(abi.encodePacked(calls[seed % calls.length], args));
            assertTrue(success, "a handler never fails");
        }
        bytes4[5] memory wanted = [
            AskMajority.ask.selector,
            AskMajority.withdraw.selector,
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
        calls = new bytes4[](10);
        calls[0] = MajorityHandler.ask.selector;
        for (uint256 i = 1; i < 5; ++i) {
            calls[i] = MajorityHandler.bringAnswer.selector;
        }
        calls[5] = MajorityHandler.refund.selector;
        calls[6] = MajorityHandler.fetchCredit.selector;
        calls[7] = MajorityHandler.withdraw.selector;
        calls[8] = MajorityHandler.wait.selector;
        calls[9] = MajorityHandler.donate.selector;
    }
}
