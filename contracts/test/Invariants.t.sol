// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DcnToken} from "../src/DcnToken.sol";
import {DealEscrow} from "../src/DealEscrow.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {Handler} from "./base/Handler.sol";
import {Test} from "./base/Test.sol";
import {Usurper} from "./base/Usurper.sol";

/// @title What holds after any sequence of calls. The handler keeps books of its own; the escrow must agree with them.
contract InvariantsTest is Test {
    Usurper private _handler;
    DealEscrow private _escrow;
    DcnToken private _token;

    function setUp() public {
        vm.warp(1_800_000_000);
        _handler = new Usurper();
        _escrow = _handler.escrow();
        _token = _handler.token();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev Opening and disturbing come up more often: the rest needs something open, or ended, to work on.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), _selectors());
    }

    function _selectors() private pure returns (bytes4[] memory selectors) {
        bytes4[28] memory all = [
            Handler.open.selector,
            Handler.open.selector,
            Handler.open.selector,
            Handler.submit.selector,
            Handler.submit.selector,
            Handler.claim.selector,
            Handler.claim.selector,
            Handler.timeoutSubmit.selector,
            Handler.timeoutSubmit.selector,
            Handler.settle.selector,
            Handler.close.selector,
            Handler.forfeit.selector,
            Handler.openAndSettle.selector,
            Handler.disturb.selector,
            Handler.attack.selector,
            Handler.deposit.selector,
            Handler.withdraw.selector,
            Handler.wait.selector,
            Handler.wait.selector,
            Handler.wait.selector,
            Handler.burn.selector,
            Handler.donate.selector,
            Handler.deliver.selector,
            Handler.deliver.selector,
            Usurper.usurp.selector,
            Usurper.usurp.selector,
            Usurper.usurp.selector,
            Usurper.usurpOpening.selector
        ];
        selectors = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) {
            selectors[i] = all[i];
        }
    }

    /// @dev Invariants that hold because nothing ever happens prove nothing: random calls do reach every end.
    function test_handler_reachesEveryCall() public {
        bytes4[] memory selectors = _selectors();
        for (uint256 i = 0; i < 2000; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            uint256 bit = seed >> 255; // where a call takes a bool
            bytes4 selector = selectors[seed % selectors.length];
            (bool success,) = address(_handler)
                .call(abi.encodePacked(selector, seed >> 8, seed >> 16, bit * 1 ether, seed >> 32, bit));
            assertTrue(success || selector == Handler.disturb.selector, "the handler itself never reverts");
        }
        bytes4[10] memory calls = [
            IDealEscrow.open.selector,
            IDealEscrow.openAndSettle.selector,
            IDealEscrow.submit.selector,
            IDealEscrow.settle.selector,
            IDealEscrow.claim.selector,
            IDealEscrow.forfeit.selector,
            IDealEscrow.timeoutSubmit.selector,
            IDealEscrow.close.selector,
            IDealEscrow.withdraw.selector,
            IDealEscrow.burn.selector
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            assertTrue(_handler.successes(calls[i]) >= 5, "reached");
        }
        assertTrue(_handler.usurped() >= 5, "the adversary may do what harms nobody");
        invariant_booksAgree();
        invariant_noPromiseBroken();
        invariant_statesAgree();
    }

    /// @dev Also: a deal paid out exactly what it locked, and no free balance fell without its owner's signature.
    function invariant_booksAgree() public view {
        uint256 free = 0;
        for (uint256 i = 0; i < _handler.ACTORS(); ++i) {
            address actor = _handler.actors(i);
            assertEq(_escrow.freeOf(actor), _handler.freeInBooks(actor), "free balance");
            free += _escrow.freeOf(actor);
        }
        uint256 owed = free + _handler.lockedInBooks() + _handler.donated();
        assertEq(_token.balanceOf(address(_escrow)), owed, "balance = free + locked (+ what was given away)");
    }

    /// @dev Nothing succeeds after the end, nothing without a signature, nothing from a wrong state; no deal is opened by anyone
    /// but its provider; nobody alone leaves a provider with less than its collateral and a charge that it agreed to.
    function invariant_noPromiseBroken() public view {
        assertTrue(bytes(_handler.broken()).length == 0, _handler.broken());
    }

    function invariant_statesAgree() public view {
        for (uint256 i = 0; i < _handler.dealCount(); ++i) {
            IDealEscrow.State wanted = _handler.states(i);
            (IDealEscrow.State state, uint64 deadline, bytes32 resultHash) = _escrow.statusOfDeal(_handler.dealAt(i));
            assertTrue(state == wanted, "state");
            bool over = state == IDealEscrow.State.Closed;
            assertTrue(over == (deadline == 0), "a deadline runs until the end");
            assertTrue((resultHash != 0) == (state == IDealEscrow.State.Submitted), "a result only while submitted");
        }
    }

    /// @dev From wherever a run stopped: a bounded wait, calls that need nobody, and all the money comes out.
    function afterInvariant() public {
        _handler.endAll();
        assertEq(_handler.liveCount(), 0, "every deal ended");
        assertEq(_handler.lockedInBooks(), 0, "nothing locked");
        invariant_noPromiseBroken();
        invariant_booksAgree();
        for (uint256 i = 0; i < _handler.ACTORS(); ++i) {
            address actor = _handler.actors(i);
            uint256 free = _escrow.freeOf(actor);
            vm.prank(actor);
            _escrow.withdraw(address(_handler), free);
        }
        assertEq(_token.balanceOf(address(_escrow)), _handler.donated(), "everything paid out");
    }
}
