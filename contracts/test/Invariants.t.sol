// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Court} from "../src/Court.sol";
import {DcnToken} from "../src/DcnToken.sol";
import {DealEscrow} from "../src/DealEscrow.sol";
import {ICourt} from "../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {Calls} from "./base/Calls.sol";
import {SeatHandler} from "./base/SeatHandler.sol";
import {Stranger} from "./base/Stranger.sol";
import {Test} from "./base/Test.sol";

/// @title What holds after any sequence of calls. The handlers keep books of their own; the contracts must agree with them.
contract InvariantsTest is Test {
    Stranger private _world;
    DealEscrow private _escrow;
    Court private _court;
    DcnToken private _token;

    function setUp() public {
        vm.warp(1_800_000_000);
        vm.roll(20_000_000);
        _world = new Stranger();
        _escrow = _world.escrow();
        _court = _world.court();
        _token = _world.token();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_world);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_world), Calls.all());
    }

    /// @dev In one campaign, since they are asked after every call: another would double the time.
    function invariant_mustHold() public view {
        _moneyAgrees();
        _dealsAgree();
        _disputesAgree();
        _seatsAgree();
        assertTrue(bytes(_world.broken()).length == 0, _world.broken());
    }

    /// @dev From wherever a run stopped: bounded waits and calls that are anybody's end every deal, and all the money comes out.
    function afterInvariant() public {
        invariant_mustHold();
        _world.driveAll();
        invariant_mustHold();
        assertEq(_world.liveDeals().length, 0, "every deal ended");
        assertEq(_world.lockedInBooks(), 0, "nothing locked");
        assertEq(_world.depositsInBooks() + _world.declinedInBooks(), 0, "no deposit left behind");
        _leaveAll();
        uint256 owed = _world.donated();
        (address[] memory accounts,) = _world.balances();
        for (uint256 i = 0; i < accounts.length; ++i) {
            uint256 free = _escrow.freeOf(accounts[i]);
            if (accounts[i] == address(0xdEaD)) owed += free; // nobody's
            if (accounts[i] == address(0xdEaD)) continue;
            vm.prank(accounts[i]);
            _escrow.withdraw(address(_world), free);
        }
        assertEq(_token.balanceOf(address(_escrow)), owed, "everything paid out");
    }

    /// @dev No free balance is other than the books say, which let one fall only by its owner's call or signature. A deal and a
    /// dispute paid out what they locked, since nothing is left over.
    function _moneyAgrees() private view {
        (address[] memory accounts, uint256[] memory amounts) = _world.balances();
        uint256 free = 0;
        for (uint256 i = 0; i < accounts.length; ++i) {
            assertEq(_escrow.freeOf(accounts[i]), amounts[i], "free balance");
            free += amounts[i];
        }
        uint256 ofCourt = _world.stakesInBooks() + _world.depositsInBooks() + _world.declinedInBooks();
        assertEq(
            _escrow.freeOf(address(_court)), ofCourt, "the court: stakes + live deposits + fees of those that declined"
        );
        uint256 owed = free + ofCourt + _world.lockedInBooks() + _world.donated();
        assertEq(_token.balanceOf(address(_escrow)), owed, "balance = free + locked (+ what was given away)");
    }

    function _dealsAgree() private view {
        uint256[] memory live = _world.liveDeals();
        for (uint256 k = 0; k < live.length; ++k) {
            _dealAgrees(live[k], false);
        }
        // an ended deal is looked at again by the handlers, which try everything on it
        if (_world.dealCount() != 0) _dealAgrees(_world.dealCount() - 1, true);
    }

    function _dealAgrees(uint256 i, bool mayBeOver) private view {
        IDealEscrow.State wanted = _world.states(i);
        (IDealEscrow.State state, uint64 deadline, bytes32 resultHash) = _escrow.statusOfDeal(_world.dealAt(i));
        assertEq(uint256(state), uint256(wanted), "state");
        assertTrue(mayBeOver || state != IDealEscrow.State.Closed, "live");
        assertEq(deadline, _world.deadlines(i), "nobody moves a deadline");
        bool hasResult = state == IDealEscrow.State.Submitted || state == IDealEscrow.State.Disputed;
        assertTrue((resultHash != 0) == hasResult, "a result from submit to the end");
    }

    /// @dev A dispute stands where the last call that was meant for it left it.
    function _disputesAgree() private view {
        uint256[] memory live = _world.liveDisputes();
        for (uint256 k = 0; k < live.length; ++k) {
            ICourt.Dispute memory d = _court.disputeOf(_world.idAt(live[k]));
            assertEq(keccak256(abi.encode(d)), keccak256(abi.encode(_world.seenAt(live[k]))), "dispute");
        }
    }

    /// @dev Risk is the sum over live memberships; no seat can lose more than it has.
    function _seatsAgree() private view {
        SeatHandler.SeatEntry[] memory entries = _world.seatEntries();
        ICourt.Seat[] memory seats = _court.seatsFrom(0, entries.length);
        assertEq(_court.seatCount(), entries.length, "seats never move");
        for (uint256 i = 0; i < entries.length; ++i) {
            assertEq(seats[i].owner, entries[i].owner, "owner");
            assertEq(seats[i].stake, entries[i].stake, "stake");
            assertEq(seats[i].risk, entries[i].risk, "risk");
            assertTrue(seats[i].risk <= seats[i].stake, "risk is covered");
        }
    }

    function _leaveAll() private {
        uint256 count = _court.seatCount();
        for (uint256 i = 0; i < count; ++i) {
            ICourt.Seat memory seat = _court.seatAt(i);
            if (seat.owner == address(0) || seat.exit != 0) continue;
            vm.prank(seat.owner);
            _court.askExit(i);
        }
        vm.warp(block.timestamp + _court.settings().exitDelay + 1);
        for (uint256 i = 0; i < count; ++i) {
            address owner = _court.seatAt(i).owner;
            if (owner == address(0)) continue;
            vm.prank(owner);
            _court.leaveSeat(i);
        }
        assertEq(_escrow.freeOf(address(_court)), 0, "the court has nothing of its own");
    }
}
